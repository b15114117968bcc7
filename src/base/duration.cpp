#include "base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "base/text.h"

namespace rigbisect {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::array<Unit, 6> kUnits{{
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();

Error bad_duration(std::string_view text, const std::string& why) {
  return Error{Errc::invalid,
               "'" + printable(text) + "' is not a duration: " + why +
                   ". Write numbers with units h, m, s, ms, us or ns, such as 90s, 250ms or 1h30m."};
}

std::size_t length_of(std::string_view text, bool (*matches)(char)) {
  std::size_t length = 0;
  while (length < text.size() && matches(text[length])) ++length;
  return length;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Go's "43.357675703": a whole number and its fraction without trailing zeros.
std::string with_fraction(std::int64_t amount, std::int64_t unit) {
  std::string out = std::to_string(amount / unit);
  std::string fraction = std::to_string(unit + amount % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? out : out + "." + fraction;
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  if (rest.empty()) return bad_duration(text, "it is empty");
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units may only get smaller, and each comes once
  while (!rest.empty()) {
    const std::size_t digits = length_of(rest, is_digit);
    if (digits == 0) return bad_duration(text, "a whole number is missing");
    std::int64_t number = 0;
    if (std::from_chars(rest.data(), rest.data() + digits, number).ec != std::errc{}) {
      return bad_duration(text, "it is too long");
    }
    rest.remove_prefix(digits);
    const std::string_view name = rest.substr(0, length_of(rest, is_letter));
    rest.remove_prefix(name.size());
    if (name.empty()) return bad_duration(text, "a number has no unit");
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) {
      return bad_duration(text, "the unit '" + printable(name) + "' is unknown, comes twice or out of order");
    }
    const std::int64_t unit = kUnits[next_unit++].nanoseconds;
    if (number > (kLongest - total) / unit) return bad_duration(text, "it is too long");
    total += number * unit;
  }
  return Duration{total};
}

std::string format_duration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string out = rest < 0 ? "-" : "";
  for (const Unit& unit : kUnits) {
    const std::int64_t number = rest / unit.nanoseconds;
    rest %= unit.nanoseconds;
    if (number != 0) out.append(std::to_string(number < 0 ? -number : number)).append(unit.name);
  }
  return out;
}

std::string format_go_duration(Duration duration) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::string sign = duration.count() < 0 ? "-" : "";
  const std::int64_t all = duration.count() < 0 ? -duration.count() : duration.count();
  if (all == 0) return "0s";
  if (all < 1'000) return sign + std::to_string(all) + "ns";
  if (all < 1'000'000) return sign + with_fraction(all, 1'000) + "µs";
  if (all < second) return sign + with_fraction(all, 1'000'000) + "ms";
  const std::int64_t minutes = all / (60 * second);
  const std::string seconds = with_fraction(all % (60 * second), second) + "s";
  if (minutes == 0) return sign + seconds;
  if (minutes < 60) return sign + std::to_string(minutes) + "m" + seconds;
  return sign + std::to_string(minutes / 60) + "h" + std::to_string(minutes % 60) + "m" + seconds;
}

std::string format_clock(Duration duration) {
  const std::int64_t all = duration.count() < 0 ? 0 : duration.count() / 1'000'000'000;
  const std::int64_t minutes = all / 60;
  const std::string seconds = two_digits(all % 60);
  if (minutes < 60) return std::to_string(minutes) + ":" + seconds;
  return std::to_string(minutes / 60) + ":" + two_digits(minutes % 60) + ":" + seconds;
}

}  // namespace rigbisect
