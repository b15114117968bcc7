#include "shelf.h"

#include <charconv>
#include <span>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"

namespace rigbisect::rig {
namespace {

constexpr unsigned kRelayBaud = 9600;
// stat_preload.c comes first and says why.
constexpr const char* kPreload = STAT_PRELOAD ":libumockdev-preload.so.0";

AdapterIdentity relay_identity() {
  return {.usb_path = "1-1",
          .vendor = "1a86",
          .product = "7523",
          .manufacturer = "1a86",
          .name = "USB Serial",
          .serial = "",
          .by_id = "usb-1a86_USB_Serial-if00-port0"};
}

}  // namespace

Result<std::unique_ptr<Shelf>> Shelf::create(Loop& loop, Clock& clock, const ShelfOptions& options) {
  auto log = Log::open((options.directory / "virtual-rig.log").native(), clock);
  if (!log) return log.error();
  std::unique_ptr<Shelf> shelf(new Shelf(loop, std::move(*log), options));
  auto uplink = make_lab_network(clock);
  if (!uplink) return uplink.error();
  shelf->uplink_ = std::move(*uplink);
  auto testbed = Testbed::create(options.scratch);
  if (!testbed) return testbed.error();
  shelf->testbed_ = std::move(*testbed);
  if (auto ok = shelf->build_rigs(clock); !ok) return ok.error();
  if (auto ok = shelf->build_relay_board(); !ok) return ok.error();
  Shelf* self = shelf.get();
  auto control = ControlServer::create(loop, self->control_path(),
                                       [self](const auto& words) { return self->control(words); });
  if (!control) return control.error();
  shelf->control_ = std::move(*control);
  return shelf;
}

Shelf::~Shelf() {
  if (control_) ::unlink(control_path().c_str());
}

Result<void> Shelf::build_rigs(Clock& clock) {
  for (unsigned number = 1; number <= options_.rigs.size(); ++number) {
    const MachineSpec spec{.number = number,
                           .kind = options_.rigs[number - 1],
                           .memory_mb = options_.memory_mb,
                           .directory = options_.directory / fmt::format("rig{}", number),
                           .uart = (options_.scratch / fmt::format("uart{}", number)).native()};
    auto rig = Rig::create(loop_, log_, *testbed_, spec, clock);
    if (!rig) return rig.error().within(fmt::format("rig {}", number));
    rigs_.push_back(std::move(*rig));
  }
  return {};
}

Result<void> Shelf::build_relay_board() {
  auto line = make_line();
  if (!line) return line.error();
  relay_adapter_ = std::make_unique<Adapter>(loop_, *testbed_, relay_identity(), options_.relay_port,
                                             [this] { relay_cable_->host_wrote(); });
  relay_cable_ = std::make_unique<Cable>(loop_, *relay_adapter_, kRelayBaud, false);
  relay_cable_->on_wrong_speed = [this](unsigned baud) {
    log_.line(fmt::format("relay board: the host has set {} baud, the board runs at {}: garbage", baud,
                          kRelayBaud));
  };
  if (auto ok = relay_cable_->connect(std::move((*line)[0])); !ok) return ok;
  const auto wired = [this](unsigned channel) {
    return channel <= rigs_.size() ? rigs_[channel - 1].get() : nullptr;
  };
  RelayBoard::Wiring wiring{
      .mute = [wired](unsigned channel) { return wired(channel) != nullptr && wired(channel)->relay_mute(); },
      .click =
          [wired](unsigned channel, bool on) {
            if (wired(channel) != nullptr) wired(channel)->relay(on);
          }};
  auto board = RelayBoard::create(loop_, std::move((*line)[1]), static_cast<unsigned>(rigs_.size()),
                                  std::move(wiring));
  if (!board) return board.error();
  relay_board_ = std::move(*board);
  return relay_adapter_->plug();
}

std::vector<std::string> Shelf::environment() const {
  std::vector<std::string> variables{
      fmt::format("LD_PRELOAD={}", kPreload), fmt::format("UMOCKDEV_DIR={}", testbed_->root().native()),
      fmt::format("RIG_DIR={}", options_.directory.native()), fmt::format("RIG_CONTROL={}", control_path())};
  for (const auto& rig : rigs_)
    variables.push_back(fmt::format("RIG_DISK_{}={}", rig->spec().number, rig->spec().disk().native()));
  return variables;
}

std::set<pid_t> Shelf::processes() const {
  std::set<pid_t> pids;
  for (const auto& rig : rigs_) {
    if (rig->machine_pid() != 0) pids.insert(rig->machine_pid());
  }
  return pids;
}

Result<Rig*> Shelf::find(const std::string& number) {
  for (const auto& rig : rigs_) {
    if (std::to_string(rig->spec().number) == number) return rig.get();
  }
  return Error{Errc::invalid, fmt::format("there is no rig '{}': they are numbered 1 to {}",
                                          printable(number), rigs_.size())};
}

Result<std::string> Shelf::control(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words.front();
  if (verb == "list-faults") return describe_faults();
  if (verb == "status") {
    std::string text;
    for (const auto& rig : rigs_) text += rig->status() + "\n";
    return text;
  }
  if (verb != "fault" && verb != "clear" && verb != "power")
    return Error{Errc::invalid,
                 "expected status, fault RIG NAME [ARGUMENT] [LIMITS], clear RIG, power RIG or list-faults"};
  auto rig = find(words.size() > 1 ? words[1] : "");
  if (!rig) return rig.error();
  if (verb == "power") return std::string((*rig)->powered() ? "on\n" : "off\n");
  if (verb == "fault") {
    if (auto ok = (*rig)->fault(std::span(words).subspan(2)); !ok) return ok.error();
  } else {
    (*rig)->clear_faults();
  }
  return (*rig)->status() + "\n";
}

}  // namespace rigbisect::rig
