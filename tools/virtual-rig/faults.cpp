#include "faults.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect::rig {
namespace {

constexpr std::array kTable{
    FaultInfo{FaultKind::uart_garbage, "uart-garbage", Occasion::power_on, "[BYTES]",
              "so many random bytes (64) on the UART at power-up, before the firmware's first"},
    FaultInfo{FaultKind::uart_loss, "uart-loss", Occasion::power_on, "PROBABILITY",
              "each UART byte, in both directions, is lost with this probability"},
    FaultInfo{FaultKind::uart_silent, "uart-silent", Occasion::power_on, "",
              "nothing from the machine reaches the adapter (broken wire)"},
    FaultInfo{
        FaultKind::uart_unplug, "uart-unplug", Occasion::power_on, "[NUMBER]",
        "the USB serial adapter is gone; it comes back as ttyUSB<NUMBER> (the same). `uart-plug [NUMBER]` "
        "plugs it in"},
    FaultInfo{FaultKind::relay_stuck_on, "relay-stuck-on", Occasion::relay_off, "",
              "the contact is welded: off is acknowledged by the board, the machine stays on"},
    FaultInfo{FaultKind::relay_stuck_off, "relay-stuck-off", Occasion::relay_on, "",
              "the contact does not close: on is acknowledged by the board, the machine stays off"},
    FaultInfo{FaultKind::relay_mute, "relay-mute", Occasion::relay_bytes, "",
              "the relay board neither answers the query nor obeys commands for this channel"},
    FaultInfo{FaultKind::no_pxe, "no-pxe", Occasion::power_on, "",
              "the network cable is pulled at the switch: no PXE request arrives"},
    FaultInfo{FaultKind::hang_after_loader, "hang-after-loader", Occasion::power_on, "",
              "the machine freezes when the loader opens its first TCP connection (or, without a network "
              "boot, when "
              "the kernel prints its first line)"},
    FaultInfo{FaultKind::boot_hang, "boot-hang", Occasion::power_on, "",
              "the machine freezes when the kernel has printed its first line"},
};

constexpr double kDefaultGarbage = 64;

std::string_view occasion_name(Occasion occasion) {
  switch (occasion) {
    case Occasion::power_on:
      return "power-ons";
    case Occasion::relay_on:
      return "relay on commands";
    case Occasion::relay_off:
      return "relay off commands";
    case Occasion::relay_bytes:
      return "messages to the relay board";
  }
  return "";
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Duration> positive_duration(std::string_view text) {
  auto duration = parse_duration(text);
  if (!duration) return duration.error();
  // Bounded, so that adding it to a time point cannot overflow.
  if (*duration <= Duration::zero() || *duration > std::chrono::hours(24))
    return Error{Errc::invalid, fmt::format("{}: a time must be above 0 and at most 24h", printable(text))};
  return duration;
}

Result<const FaultInfo*> find_info(const std::string& name) {
  std::vector<std::string> names;
  for (const FaultInfo& info : kTable) {
    if (info.name == name) return &info;
    names.emplace_back(info.name);
  }
  return Error{Errc::invalid,
               fmt::format("no fault is called '{}'{}; `virtual-rig ctl list-faults` names them",
                           printable(name), did_you_mean_suffix(name, names))};
}

Result<void> check_argument(const FaultInfo& info, const std::optional<double>& argument) {
  const bool optional = info.argument.starts_with('[');
  if (!argument && !info.argument.empty() && !optional)
    return Error{Errc::invalid, fmt::format("{} needs its {}", info.name, info.argument)};
  if (argument && info.argument.empty())
    return Error{Errc::invalid, fmt::format("{} takes no argument", info.name)};
  const double most = info.kind == FaultKind::uart_loss     ? 1
                      : info.kind == FaultKind::uart_unplug ? 99
                                                            : 65536;
  if (argument && !(*argument >= 0 && *argument <= most))
    return Error{Errc::invalid, fmt::format("{} {} must be from 0 to {}", info.name, info.argument, most)};
  return {};
}

}  // namespace

std::span<const FaultInfo> fault_table() {
  return kTable;
}

std::string describe_faults() {
  std::string text;
  for (const FaultInfo& info : kTable) {
    text += fmt::format("{:<30} {}; counts {}\n", fmt::format("{} {}", info.name, info.argument),
                        info.summary, occasion_name(info.counts));
  }
  return text +
         "limits: count=N for the next N of what it counts, after=N lets N pass first, after=5s begins that "
         "long "
         "after, for=2s ends it again; without count and after it is in force at once, until cleared\n";
}

void FaultBook::Fault::begin(TimePoint now) {
  begins = now + delay;
  ends = lasts ? *begins + *lasts : TimePoint::max();
}

Result<void> FaultBook::apply_word(Fault& fault, const std::string& word, bool& scheduled) {
  const std::size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (equals == std::string::npos) {
    fault.argument = parse_number<double>(word);
    if (fault.argument) return {};
  } else if (key == "for") {
    auto lasts = positive_duration(value);
    if (!lasts) return lasts.error();
    fault.lasts = *lasts;
    return {};
  } else if (key == "count" || key == "after") {
    scheduled = true;
    if (const auto number = parse_number<unsigned>(value)) {
      if (key == "after") {
        fault.skip = *number;
        return {};
      }
      fault.left = *number;
      if (*number > 0) return {};
    } else if (key == "after") {
      auto delay = positive_duration(value);
      if (!delay) return delay.error();
      fault.delay = *delay;
      return {};
    }
  }
  return Error{Errc::invalid,
               fmt::format("'{}' is not understood: expected a number, count=N (from 1), after=N, "
                           "after=DURATION or for=DURATION",
                           printable(word))};
}

Result<void> FaultBook::add(std::span<const std::string> words, TimePoint now) {
  if (words.empty()) return Error{Errc::invalid, "the name of the fault is missing"};
  auto info = find_info(words.front());
  if (!info) return info.error();
  Fault fault;
  fault.info = *info;
  bool scheduled = false;
  for (const std::string& word : words.subspan(1)) {
    if (auto ok = apply_word(fault, word, scheduled); !ok) return ok;
  }
  if (auto ok = check_argument(*fault.info, fault.argument); !ok) return ok;
  if (!scheduled) fault.begin(now);
  faults_.push_back(fault);
  return {};
}

void FaultBook::clear(FaultKind kind) {
  std::erase_if(faults_, [kind](const Fault& fault) { return fault.info->kind == kind; });
}

std::vector<std::string> FaultBook::note(Occasion occasion, TimePoint now) {
  std::vector<std::string> begun;
  std::erase_if(faults_, [&](const Fault& fault) {
    return fault.info->counts == occasion && fault.skip == 0 && fault.left == 0u;
  });
  for (Fault& fault : faults_) {
    const bool unlimited = fault.begins && !fault.left && fault.delay == Duration::zero();
    if (fault.info->counts != occasion || unlimited) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.left) --*fault.left;
    fault.begin(now);
    begun.emplace_back(fault.info->name);
  }
  return begun;
}

const FaultBook::Fault* FaultBook::find(FaultKind kind, TimePoint now) const {
  const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
    return fault.info->kind == kind && fault.begins && *fault.begins <= now && now < fault.ends;
  });
  return found == faults_.end() ? nullptr : &*found;
}

std::optional<double> FaultBook::argument(FaultKind kind, TimePoint now) const {
  const Fault* fault = find(kind, now);
  if (fault == nullptr) return std::nullopt;
  if (!fault->argument && kind == FaultKind::uart_garbage) return kDefaultGarbage;
  return fault->argument;
}

std::optional<TimePoint> FaultBook::next_change(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const Fault& fault : faults_) {
    if (!fault.begins) continue;
    for (const TimePoint at : {*fault.begins, fault.ends}) {
      if (at > now && at != TimePoint::max() && (!next || at < *next)) next = at;
    }
  }
  return next;
}

std::string FaultBook::describe() const {
  std::vector<std::string> parts;
  for (const Fault& fault : faults_) {
    std::string part(fault.info->name);
    if (fault.argument) part += fmt::format(" {}", *fault.argument);
    if (fault.skip > 0) part += fmt::format(" (after {})", fault.skip);
    if (fault.left) part += fmt::format(" ({} left)", *fault.left);
    parts.push_back(std::move(part));
  }
  return parts.empty() ? "none" : join(parts, ", ");
}

}  // namespace rigbisect::rig
