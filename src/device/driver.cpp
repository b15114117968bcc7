#include "device/driver.h"

#include <charconv>
#include <stdexcept>

#include "base/duration.h"

namespace rigbisect {

const char* to_string(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "text";
    case OptionType::integer:
      return "integer";
    case OptionType::boolean:
      return "true or false";
    case OptionType::duration:
      return "duration";
    case OptionType::path:
      return "path";
    case OptionType::mac:
      return "MAC address";
    case OptionType::list:
      return "list";
    case OptionType::secret:
      return "{file: PATH}, {env: NAME} or {keyring: NAME}";
  }
  return "text";
}

const char* to_string(SecretReference::Place place) {
  switch (place) {
    case SecretReference::Place::file:
      return "file";
    case SecretReference::Place::environment:
      return "env";
    case SecretReference::Place::keyring:
      return "keyring";
  }
  return "file";
}

const std::string& DriverOptions::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) {
    throw std::logic_error("driver option '" + std::string(name) + "' was not declared or has no value");
  }
  return found->second.front();
}

long DriverOptions::integer(std::string_view name) const {
  const std::string& value = text(name);
  long number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

bool DriverOptions::boolean(std::string_view name) const {
  return text(name) == "true";
}

Duration DriverOptions::duration(std::string_view name) const {
  const auto parsed = parse_duration(text(name));
  return parsed ? *parsed : Duration{};
}

const std::vector<std::string>& DriverOptions::list(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

std::optional<SecretReference> DriverOptions::secret(std::string_view name) const {
  const auto& values = list(name);
  if (values.size() != 2) return std::nullopt;
  for (const auto place : kSecretPlaces) {
    if (values[0] == to_string(place)) return SecretReference{place, values[1]};
  }
  return std::nullopt;
}

void DriverOptions::set(std::string name, const SecretReference& reference) {
  set(std::move(name), std::vector<std::string>{to_string(reference.place), reference.name});
}

}  // namespace rigbisect
