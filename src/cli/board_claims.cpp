#include "cli/board_claims.h"

#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

template <typename Row>
void add_wires(const std::vector<Row>& rows, const std::string& role, const DriverChoice& choice,
               std::vector<Wire>& wires) {
  for (const Row& row : rows) {
    if (row.name != choice.driver) continue;
    for (const OptionSpec& spec : row.options) {
      if (choice.options.has(spec.name)) wires.push_back({role, choice, spec});
    }
  }
}

std::string resolved(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return printable(error ? path : target.native());
}

// How an outlet is addressed: everything but times and switches for behaviour.
bool addresses(const OptionSpec& spec) {
  return spec.type != OptionType::duration && spec.type != OptionType::boolean &&
         spec.type != OptionType::secret && spec.choices.empty();
}

std::string value_of(const Wire& wire) {
  const auto& values = wire.choice.options.list(wire.spec.name);
  const bool path = wire.spec.type == OptionType::path && !values.empty();
  return path ? resolved(values.front()) : printable(join(values, " "));
}

}  // namespace

std::vector<Wire> wires_of(const Board& board, const DriverTable& drivers) {
  std::vector<Wire> wires;
  add_wires(drivers.power, "power", board.power, wires);
  add_wires(drivers.console, "console", board.console, wires);
  add_wires(drivers.boot, "boot", board.boot, wires);
  return wires;
}

std::vector<Claim> claims_of(const Board& board, const DriverTable& drivers) {
  std::vector<Claim> claims;
  std::string outlet = "the outlet '" + board.power.driver;
  std::string address = "the console '" + board.console.driver;
  bool has_port = false;
  for (const Wire& wire : wires_of(board, drivers)) {
    const bool power = wire.role == "power";
    if (power && addresses(wire.spec)) outlet += " " + wire.spec.name + " " + value_of(wire);
    if (wire.role == "console" && addresses(wire.spec))
      address += " " + wire.spec.name + " " + value_of(wire);
    if (wire.spec.type == OptionType::mac) claims.push_back({"the MAC address " + value_of(wire)});
    if (wire.spec.shared) continue;
    if (wire.spec.type == OptionType::path) claims.push_back({"the device " + value_of(wire), power});
    has_port = has_port || (wire.role == "console" && wire.spec.type == OptionType::path);
  }
  claims.push_back({outlet + "'"});
  if (!has_port) claims.push_back({address + "'"});
  return claims;
}

}  // namespace rigbisect
