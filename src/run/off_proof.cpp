#include "run/off_proof.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestQuote = 120;
constexpr Duration kBetweenLooks = std::chrono::milliseconds(200);
// How long modem lines are down before it is no dip of a machine that resets.
constexpr Duration kFallen = std::chrono::milliseconds(100);
constexpr Duration kBetweenGlances = std::chrono::milliseconds(10);

// The last words of what a console said, for a message.
std::string last_words(const std::string& text) {
  const std::string_view all = trim(text);
  const std::string_view line = trim(all.substr(all.find_last_of("\r\n") + 1));
  return printable(line.substr(0, kLongestQuote));
}

}  // namespace

OffProver::OffProver(const Board& board, PowerSwitch& power, ConsoleFeed& console,
                     std::vector<OffWitness> witnesses, Clock& clock)
    : board_(board), power_(power), console_(console), witnesses_(std::move(witnesses)), clock_(clock) {}

void OffProver::look() {
  ModemLines* lines = board_.off_proof.modem_lines ? console_.modem_lines() : nullptr;
  lines_were_driven_ = lines != nullptr && lines->driven().value_or(false);
}

Result<void> OffProver::prove(TimePoint off_at) {
  const Deadline deadline = off_at + board_.off_proof.console_silent + board_.timings.power;
  const auto sign = sign_of_power(off_at, deadline);
  if (!sign) return sign.error().within("proof of off");
  if (sign->empty()) return {};
  return Error{Errc::io, "the switch took 'off', but the machine has power: " + *sign + " (" + switch_says() +
                             "). Is its relay stuck, or does the machine hang on another outlet?"};
}

Result<std::string> OffProver::sign_of_power(TimePoint off_at, Deadline deadline) {
  auto sign = lines_sign(deadline);
  if (!sign) sign = console_sign(off_at, deadline);
  if (!sign->empty()) return *sign;
  for (const OffWitness& witness : witnesses_) {
    for (;;) {
      auto seen = witness(deadline);
      if (!seen) return seen;
      if (seen->empty()) break;
      if (clock_.now() + kBetweenLooks >= deadline) {
        return *seen + " " + format_duration(board_.timings.power) + " after it was switched off";
      }
      clock_.sleep_until(clock_.now() + kBetweenLooks, {});
    }
  }
  return std::string();
}

// nullopt: they cannot tell.
std::optional<std::string> OffProver::lines_sign(Deadline deadline) {
  if (!lines_were_driven_) return std::nullopt;
  TimePoint down_since = clock_.now();
  while (clock_.now() < deadline) {
    const auto driven = console_.modem_lines()->driven();
    if (!driven) return std::nullopt;
    if (*driven) down_since = clock_.now();
    if (clock_.now() - down_since >= kFallen) return "";
    clock_.sleep_until(clock_.now() + kBetweenGlances, {});
  }
  return "it still drives CTS, DSR or DCD of its console " + format_duration(board_.timings.power) +
         " after it was switched off";
}

std::string OffProver::console_sign(TimePoint off_at, Deadline deadline) {
  const Duration silence = board_.off_proof.console_silent;
  if (silence == Duration{}) return "";
  TimePoint quiet_since = off_at;
  std::string said;
  while (quiet_since < deadline) {
    const auto chunk = console_.next(std::min(deadline, quiet_since + silence), {});
    if (!chunk && chunk.error().code != Errc::timeout) return "";  // the adapter is away
    if (!chunk && quiet_since + silence <= deadline) return "";
    if (!chunk) break;
    said = said.size() > kLongestQuote * 4 ? chunk->bytes : said + chunk->bytes;
    quiet_since = std::max(quiet_since, chunk->at);
  }
  return "its console went on talking for " + format_duration(board_.timings.power) + ", last \"" +
         last_words(said) + "\"";
}

// What the switch itself makes of it, for the message only.
std::string OffProver::switch_says() {
  const Deadline deadline = clock_.now() + board_.timings.power;
  const auto state = power_.state(deadline, {});
  std::string text = "the switch says ";
  text += state ? (*state ? to_string(**state) : "nothing") : printable(state.error().what);
  PowerMeter* meter = power_.meter();
  const auto watts =
      meter == nullptr ? Result<std::optional<double>>(std::nullopt) : meter->watts(deadline, {});
  if (watts && *watts) {
    char drawn[48];
    std::snprintf(drawn, sizeof drawn, " and measures %.1f W", **watts);
    text += drawn;
  }
  return text;
}

}  // namespace rigbisect
