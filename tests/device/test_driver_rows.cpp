#include <algorithm>
#include <charconv>
#include <set>

#include <doctest/doctest.h>

#include "base/duration.h"
#include "drivers/registry.h"

// Every row of the driver table keeps the promises that help, validation and the board files rely on.

using namespace rigbisect;

namespace {

bool is_word(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos;
}

bool parses(const OptionSpec& spec, const std::string& value) {
  switch (spec.type) {
    case OptionType::integer: {
      long number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      const bool whole = error == std::errc{} && end == value.data() + value.size();
      return whole && number >= spec.min.value_or(number) && number <= spec.max.value_or(number);
    }
    case OptionType::boolean:
      return value == "true" || value == "false";
    case OptionType::duration:
      return parse_duration(value).ok();
    case OptionType::path:
      return value.starts_with("/");
    case OptionType::mac:
      return value.size() == 17;
    case OptionType::text:
    case OptionType::list:
      return true;
    case OptionType::secret:
      return false;  // a secret has no default
  }
  return false;
}

void check_option(const OptionSpec& spec) {
  CAPTURE(spec.name);
  CHECK(is_word(spec.name));
  CHECK(spec.name != "driver");
  CHECK(is_one_line(spec.help));
  CHECK_FALSE((spec.required && !spec.default_value.empty()));
  if (!spec.default_value.empty()) CHECK(parses(spec, spec.default_value));
  if (!spec.choices.empty() && !spec.default_value.empty()) {
    CHECK(std::count(spec.choices.begin(), spec.choices.end(), spec.default_value) == 1);
  }
}

template <typename Interface>
void check_rows(const std::vector<DriverRow<Interface>>& rows) {
  std::set<std::string> names;
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(is_word(row.name));
    CHECK(names.insert(row.name).second);
    CHECK(is_one_line(row.summary));
    CHECK(row.notes.find("driver: " + row.name) != std::string::npos);  // an example to copy
    CHECK(row.notes.find("Source") != std::string::npos);
    CHECK(row.make != nullptr);
    std::set<std::string> options;
    for (const OptionSpec& spec : row.options) {
      check_option(spec);
      CHECK(options.insert(spec.name).second);
      const bool shown = row.notes.find(spec.name + ":") != std::string::npos;
      CHECK((!spec.required || shown));  // the example is complete
    }
  }
}

}  // namespace

TEST_CASE("every power driver's row is complete") {
  check_rows(driver_table().power);
}
TEST_CASE("every console driver's row is complete") {
  check_rows(driver_table().console);
}
TEST_CASE("every boot driver's row is complete") {
  check_rows(driver_table().boot);
}
