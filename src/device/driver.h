#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_medium.h"
#include "device/boot_server.h"
#include "device/power_switch.h"
#include "device/serial_console.h"

// What a driver says of itself: a row with its name, what it is, its options, and how to make one. Help,
// board-file validation and error texts all come from these rows. The one table of rows is
// drivers/registry.h.
namespace rigbisect {

enum class OptionType { text, integer, boolean, duration, path, mac, list, secret };

const char* to_string(OptionType type);

// One key below `power:`, `console:` or `boot:` in a board file.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::text;
  bool required = false;
  std::string default_value = {};         // as it would be written in YAML; "" for none
  std::string help = {};                  // one line, with the unit
  std::vector<std::string> choices = {};  // if not empty, the only values allowed
  std::optional<long> min = {};           // bounds of an integer
  std::optional<long> max = {};
  bool shared = false;  // several boards may name the same one (a directory, a key): it is nobody's own
};

// Where a secret (password, community) is kept. The secret itself is never in a board file, a log or the
// arguments of a program; drivers/secret.h fetches it.
struct SecretReference {
  enum class Place { file, environment, keyring };
  Place place = Place::file;
  std::string name;  // absolute path, name of the variable, or description of a key of type "user"

  bool operator==(const SecretReference&) const = default;
};

inline constexpr std::array kSecretPlaces{SecretReference::Place::file, SecretReference::Place::environment,
                                          SecretReference::Place::keyring};
// Its key in a board file: "file", "env", "keyring".
const char* to_string(SecretReference::Place place);

// Validated options of one driver in one board file. Every required option is present and every value has the
// type its spec names; the config room guarantees that before a driver sees them. Paths are absolute.
class DriverOptions {
 public:
  void set(std::string name, std::vector<std::string> values) {
    values_[std::move(name)] = std::move(values);
  }

  // The value, or the spec's default (already filled in by the config room). REQUIRES: the option has one.
  const std::string& text(std::string_view name) const;
  long integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  Duration duration(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;   // empty if absent
  std::optional<SecretReference> secret(std::string_view name) const;  // nullopt if absent
  void set(std::string name, const SecretReference& reference);
  bool has(std::string_view name) const { return values_.contains(name); }

  bool operator==(const DriverOptions&) const = default;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// What a driver may use of the world around it. All references outlive the driver.
struct DriverContext {
  Clock& clock;
  BootServers& boot_servers;
  std::string board;  // name, for messages and lock files
};

template <typename Interface>
struct DriverRow {
  std::string name;     // as in YAML: "lcus"
  std::string summary;  // one line for `rigbisect drivers`
  std::string notes;    // wiring, source of the protocol, a YAML example: `rigbisect drivers lcus`
  std::vector<OptionSpec> options;
  // Opens the device, or says what is missing ("/dev/ttyUSB0 does not exist: is the adapter plugged in?").
  std::function<Result<std::unique_ptr<Interface>>(const DriverOptions&, const DriverContext&)> make;
};

// The drivers there are, by what they drive.
struct DriverTable {
  std::vector<DriverRow<PowerSwitch>> power;
  std::vector<DriverRow<SerialConsole>> console;
  std::vector<DriverRow<BootMedium>> boot;
};

}  // namespace rigbisect
