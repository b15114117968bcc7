#include "cli/board_schema.h"

#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/environment.h"
#include "cli/exit_code.h"
#include "config/board.h"

namespace rigbisect {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDuration = "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$";

// Text may stand without quotes, and then other programs take `3` for a number.
Json text_schema() {
  return {{"type", {"string", "number", "boolean"}}};
}

Json duration_schema() {
  return {{"type", "string"}, {"pattern", kDuration}};
}

// One of these words; one that looks like a number may stand without quotes.
Json choice_schema(const std::vector<std::string>& choices) {
  Json values = Json::array();
  for (const std::string& choice : choices) {
    values.push_back(choice);
    if (choice.find_first_not_of("0123456789") == std::string::npos) values.push_back(std::stol(choice));
  }
  return {{"enum", values}};
}

Json list_schema(const std::vector<std::string>& choices = {}) {
  return {{"type", "array"}, {"items", choices.empty() ? text_schema() : choice_schema(choices)}};
}

Json secret_schema() {
  const auto reference = [](const char* key) {
    return Json{{"type", "object"},
                {"properties", {{key, {{"type", "string"}}}}},
                {"required", {key}},
                {"additionalProperties", false}};
  };
  Json places = Json::array();
  for (const auto place : kSecretPlaces) places.push_back(reference(to_string(place)));
  return {{"oneOf", places}};
}

Json type_schema(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::text:
      return spec.choices.empty() ? text_schema() : choice_schema(spec.choices);
    case OptionType::integer: {
      if (!spec.choices.empty()) return choice_schema(spec.choices);
      Json schema{{"type", "integer"}};
      if (spec.min) schema["minimum"] = *spec.min;
      if (spec.max) schema["maximum"] = *spec.max;
      return schema;
    }
    case OptionType::boolean:
      return {{"type", "boolean"}};
    case OptionType::duration:
      return duration_schema();
    case OptionType::path:
      return {{"type", "string"}};
    case OptionType::mac:
      return {{"type", "string"}, {"pattern", "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"}};
    case OptionType::list:
      return list_schema(spec.choices);
    case OptionType::secret:
      return secret_schema();
  }
  return {};
}

Json option_schema(const OptionSpec& spec) {
  Json schema = type_schema(spec);
  if (!spec.help.empty()) schema["description"] = spec.help;
  if (!spec.default_value.empty()) schema["default"] = spec.default_value;
  return schema;
}

template <typename Row>
Json driver_schema(const Row& row) {
  Json properties{{"driver", {{"const", row.name}}}};
  Json required = Json::array({"driver"});
  for (const OptionSpec& spec : row.options) {
    properties[spec.name] = option_schema(spec);
    if (spec.required) required.push_back(spec.name);
  }
  return {{"description", row.summary},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

// `if driver is X then X's options`, which lets a checker complain about X instead of about all drivers.
template <typename Row>
Json role_schema(const std::string& role, const std::vector<Row>& rows, const std::string& description,
                 Json& definitions) {
  Json names = Json::array();
  Json cases = Json::array();
  for (const Row& row : rows) {
    const std::string name = role + "-" + row.name;
    definitions[name] = driver_schema(row);
    names.push_back(row.name);
    cases.push_back({{"if", {{"properties", {{"driver", {{"const", row.name}}}}}}},
                     {"then", {{"$ref", "#/definitions/" + name}}}});
  }
  return {{"description", description},
          {"type", "object"},
          {"required", {"driver"}},
          {"properties", {{"driver", {{"enum", names}}}}},
          {"allOf", cases}};
}

Json closed_map(const Json& properties, const std::string& description) {
  return {{"description", description},
          {"type", "object"},
          {"properties", properties},
          {"additionalProperties", false}};
}

Json timings_schema() {
  Json rows;
  for (const std::string& name : timing_names()) rows[name] = duration_schema();
  rows["retries"] = {{"type", "integer"}, {"minimum", 0}, {"maximum", 100}};
  return closed_map(rows, "how long each stage of a run may take");
}

}  // namespace

std::string board_schema(const DriverTable& drivers) {
  Json definitions;
  Json properties;
  properties["board"] = {{"description", "the name of this board"},
                         {"type", {"string", "integer"}},
                         {"pattern", "^[a-z0-9][a-z0-9-]{0,62}$"}};
  properties["description"] = {{"description", "for people"}, {"type", "string"}};
  properties["power"] = role_schema("power", drivers.power, "how the machine is switched", definitions);
  properties["console"] = role_schema("console", drivers.console, "the machine's serial line", definitions);
  properties["boot"] = role_schema("boot", drivers.boot, "how a kernel gets onto the machine", definitions);
  properties["boot_once"] = {{"description", "what the BMC tells the firmware to boot, at each power-on"},
                             {"enum", {"network", "disk"}}};
  properties["timings"] = timings_schema();
  properties["off_proof"] = closed_map({{"console_silent", duration_schema()},
                                        {"modem_lines", {{"type", "boolean"}}},
                                        {"ping", {{"type", "string"}, {"format", "ipv4"}}},
                                        {"link", {{"type", "string"}}}},
                                       "what must be seen before \"off\" is believed");
  properties["firmware_on_console"] = {
      {"description", "firmware or boot loader say something on the serial line at every power-on"},
      {"type", "boolean"}};
  properties["command_line"] = {{"description", "added to the kernel's command line"}, {"type", "string"}};
  properties["labels"] = list_schema();
  const Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                    {"title", "rigbisect board"},
                    {"type", "object"},
                    {"required", {"board", "power", "console", "boot"}},
                    {"properties", properties},
                    {"additionalProperties", false},
                    {"definitions", definitions}};
  return schema.dump(2) + "\n";
}

void add_board_schema(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand("schema", "Print the JSON schema of board files, for editors");
  command->footer(
      "For editors with the YAML language server: save it, and begin a board file with\n"
      "  # yaml-language-server: $schema=board.schema.json");
  command->callback([&environment, &exit_code] {
    environment.out << board_schema(environment.drivers);
    exit_code = to_int(ExitCode::done);
  });
}

}  // namespace rigbisect
