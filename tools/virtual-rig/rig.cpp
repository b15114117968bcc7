#include "rig.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace rigbisect::rig {
namespace {

constexpr unsigned kConsoleBaud = 115200;
constexpr std::string_view kKernelsFirstLine = "Linux version ";

AdapterIdentity ftdi(unsigned rig) {
  const std::string serial = fmt::format("RIG{:05}", rig);
  return {.usb_path = fmt::format("1-{}", rig + 1),
          .vendor = "0403",
          .product = "6001",
          .manufacturer = "FTDI",
          .name = "FT232R USB UART",
          .serial = serial,
          .by_id = fmt::format("usb-FTDI_FT232R_USB_UART_{}-if00-port0", serial)};
}

}  // namespace

Rig::Rig(Loop& loop, const Log& log, Testbed& testbed, const MachineSpec& spec)
    : loop_(loop),
      log_(log),
      adapter_(loop, testbed, ftdi(spec.number), spec.number, [this] { cable_.host_wrote(); }),
      cable_(loop, adapter_, kConsoleBaud, true),
      home_number_(spec.number) {}

Rig::~Rig() {
  if (change_) loop_.cancel(*change_);
  cable_.disconnect();
  if (machine_) machine_->power_off();
}

Result<std::unique_ptr<Rig>> Rig::create(Loop& loop, const Log& log, Testbed& testbed,
                                         const MachineSpec& spec, Clock& clock) {
  std::unique_ptr<Rig> rig(new Rig(loop, log, testbed, spec));
  Rig* self = rig.get();
  auto machine = Machine::create(loop, log, spec);
  if (!machine) return machine.error();
  rig->machine_ = std::move(*machine);
  auto network = NetworkPort::create(loop, spec.number, spec.mac(), clock);
  if (!network) return network.error();
  rig->network_ = std::move(*network);
  rig->cable_.on_wrong_speed = [self](unsigned baud) {
    self->say(
        fmt::format("UART: the host has set {} baud, the line runs at {}: garbage", baud, kConsoleBaud));
  };
  rig->cable_.on_board_text = [self](std::string_view text) { self->watch_text(text); };
  rig->adapter_.on_break([self] {
    self->say("UART: the host sends a break");
    self->cable_.send_break();
  });
  if (auto ok = rig->adapter_.plug(); !ok) return ok.error();
  return rig;
}

void Rig::say(const std::string& text) const {
  log_.line(fmt::format("rig {}: {}", machine_->spec().number, text));
}

void Rig::complain(const Result<void>& result) const {
  if (!result) say("FAILED: " + result.error().what);
}

void Rig::note(Occasion occasion) {
  for (const std::string& name : faults_.note(occasion, loop_.now())) say("fault due: " + name);
}

bool Rig::relay_mute() {
  note(Occasion::relay_bytes);
  return active(FaultKind::relay_mute);
}

void Rig::relay(bool on) {
  say(fmt::format("relay {}", on ? "on" : "off"));
  coil_ = on;
  note(on ? Occasion::relay_on : Occasion::relay_off);
  settle();
}

Result<void> Rig::fault(std::span<const std::string> words) {
  if (!words.empty() && words.front() == "uart-plug") return plug_uart(words);
  if (auto ok = faults_.add(words, loop_.now()); !ok) return ok;
  say("fault set: " + join(words, " "));
  settle();
  return {};
}

Result<void> Rig::plug_uart(std::span<const std::string> words) {
  unsigned number = adapter_.number();
  if (words.size() > 1) {
    const std::string& word = words[1];
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || number > 99)
      return Error{Errc::invalid, fmt::format("'{}' is not a number from 0 to 99", printable(word))};
  }
  faults_.clear(FaultKind::uart_unplug);
  say(fmt::format("UART plugged in as ttyUSB{}", number));
  settle();
  return adapter_.plug_as(number);
}

void Rig::clear_faults() {
  faults_.clear();
  say("faults cleared");
  settle();
}

// Brings everything in line with the faults that are in force now.
void Rig::settle() {
  settle_cables();
  settle_contact();
  if (change_) loop_.cancel(*change_);
  change_.reset();
  if (const auto when = faults_.next_change(loop_.now())) {
    change_ = loop_.at(*when, [this] {
      change_.reset();
      settle();
    });
  }
}

void Rig::settle_cables() {
  cable_.set_silent(active(FaultKind::uart_silent));
  cable_.set_loss(faults_.argument(FaultKind::uart_loss, loop_.now()).value_or(0));
  if (active(FaultKind::uart_unplug)) {
    if (!adapter_.plugged()) return;
    const auto next = faults_.argument(FaultKind::uart_unplug, loop_.now());
    home_number_ = next ? static_cast<unsigned>(*next) : adapter_.number();
    say("UART unplugged");
    adapter_.unplug();
  } else if (!adapter_.plugged()) {
    say(fmt::format("UART plugged in as ttyUSB{}", home_number_));
    complain(adapter_.plug_as(home_number_));
  }
  complain(network_->plug(!active(FaultKind::no_pxe)));
}

void Rig::settle_contact() {
  const bool held = active(coil_ ? FaultKind::relay_stuck_off : FaultKind::relay_stuck_on);
  if (coil_ != contact_ && held) say(fmt::format("relay is stuck {}", contact_ ? "on" : "off"));
  if (coil_ != contact_ && !held) mains(coil_);
}

void Rig::mains(bool on) {
  contact_ = on;
  if (!on) {
    network_->cancel_tcp_watch();
    cable_.disconnect();
    machine_->power_off();
    return;
  }
  note(Occasion::power_on);
  settle_cables();
  complain(start());
}

Result<void> Rig::start() {
  auto line = make_named_line(machine_->spec().uart);
  if (!line) return line.error();
  auto tap = network_->open(active(FaultKind::hang_after_loader));
  if (!tap) return tap.error();
  arm_boot_faults();
  if (auto ok = machine_->power_on(std::move(*tap)); !ok) return ok;
  if (auto ok = cable_.connect(std::move(*line)); !ok) return ok;
  if (const auto bytes = faults_.argument(FaultKind::uart_garbage, loop_.now()))
    cable_.inject(Cable::random_bytes(static_cast<std::size_t>(*bytes)));
  return {};
}

void Rig::arm_boot_faults() {
  recent_text_.clear();
  const bool after_loader = active(FaultKind::hang_after_loader);
  freeze_at_kernel_ = after_loader || active(FaultKind::boot_hang);
  if (after_loader) complain(network_->on_next_tcp([this] { machine_->freeze(); }));
}

void Rig::watch_text(std::string_view text) {
  if (!freeze_at_kernel_) return;
  recent_text_ += text;
  if (recent_text_.find(kKernelsFirstLine) != std::string::npos) {
    freeze_at_kernel_ = false;
    machine_->freeze();
  }
  if (recent_text_.size() > kKernelsFirstLine.size())
    recent_text_.erase(0, recent_text_.size() - kKernelsFirstLine.size());
}

std::string Rig::status() const {
  return fmt::format("rig {} {} power={} qemu={} boots={} uart={} {} faults={}", machine_->spec().number,
                     to_string(machine_->spec().kind), contact_ ? "on" : "off", machine_->pid(),
                     machine_->boots(),
                     adapter_.plugged() ? fmt::format("ttyUSB{}", adapter_.number()) : "unplugged",
                     adapter_.opened() ? "open" : "closed", faults_.describe());
}

}  // namespace rigbisect::rig
