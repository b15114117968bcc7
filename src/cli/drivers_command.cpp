#include "cli/drivers_command.h"

#include <algorithm>
#include <iomanip>
#include <memory>
#include <ostream>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/exit_code.h"

namespace rigbisect {
namespace {

// A driver's row without its type.
struct Entry {
  std::string role;
  const std::string& name;
  const std::string& summary;
  const std::string& notes;
  const std::vector<OptionSpec>& options;
};

std::vector<Entry> entries_of(const DriverTable& drivers) {
  std::vector<Entry> entries;
  const auto add = [&](const char* role, const auto& rows) {
    for (const auto& row : rows) entries.push_back({role, row.name, row.summary, row.notes, row.options});
  };
  add("power", drivers.power);
  add("console", drivers.console);
  add("boot", drivers.boot);
  return entries;
}

std::string describe_type(const OptionSpec& spec) {
  if (!spec.choices.empty()) return join(spec.choices, " | ");
  std::string text = to_string(spec.type);
  if (spec.min && spec.max) text += " " + std::to_string(*spec.min) + ".." + std::to_string(*spec.max);
  if (spec.min && !spec.max) text += " from " + std::to_string(*spec.min);
  if (!spec.min && spec.max) text += " to " + std::to_string(*spec.max);
  return text;
}

void print_table(const std::vector<Entry>& entries, std::ostream& out) {
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.name.size());
  std::string role;
  for (const Entry& entry : entries) {
    if (entry.role != role) out << (role.empty() ? "" : "\n") << entry.role << ":\n";
    role = entry.role;
    out << "  " << std::left << std::setw(static_cast<int>(width)) << entry.name << "  " << entry.summary
        << "\n";
  }
  out << "\n'rigbisect drivers NAME' tells the options and wiring of one.\n";
}

void print_entry(const Entry& entry, std::ostream& out) {
  out << entry.role << " driver " << entry.name << ": " << entry.summary << "\n\noptions:\n";
  for (const OptionSpec& spec : entry.options) {
    out << "  " << spec.name << " (" << describe_type(spec);
    if (spec.required) out << ", required";
    if (!spec.required && !spec.default_value.empty()) out << ", default " << spec.default_value;
    out << ")\n      " << spec.help << "\n";
  }
  if (!entry.notes.empty()) out << "\n" << entry.notes << "\n";
}

nlohmann::ordered_json to_json(const OptionSpec& spec) {
  nlohmann::ordered_json json{
      {"name", spec.name}, {"type", to_string(spec.type)}, {"required", spec.required}};
  if (!spec.default_value.empty()) json["default"] = spec.default_value;
  if (!spec.choices.empty()) json["choices"] = spec.choices;
  if (spec.min) json["min"] = *spec.min;
  if (spec.max) json["max"] = *spec.max;
  json["help"] = spec.help;
  return json;
}

nlohmann::ordered_json to_json(const Entry& entry) {
  nlohmann::ordered_json json{{"role", entry.role}, {"name", entry.name}, {"summary", entry.summary}};
  json["options"] = nlohmann::ordered_json::array();
  for (const OptionSpec& spec : entry.options) json["options"].push_back(to_json(spec));
  json["notes"] = entry.notes;
  return json;
}

int unknown_driver(const std::vector<Entry>& entries, const std::string& name, std::ostream& err) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.name);
  err << "rigbisect: there is no driver '" << printable(name) << "'" << did_you_mean_suffix(name, names)
      << "; known: " << join(names, ", ") << "\n";
  return to_int(ExitCode::bad_input);
}

}  // namespace

int list_drivers(const DriverTable& drivers, const std::string& name, bool json, std::ostream& out,
                 std::ostream& err) {
  const std::vector<Entry> all = entries_of(drivers);
  std::vector<Entry> chosen;
  for (const Entry& entry : all) {
    if (name.empty() || entry.name == name) chosen.push_back(entry);
  }
  if (chosen.empty() && !name.empty()) return unknown_driver(all, name, err);
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Entry& entry : chosen) list.push_back(to_json(entry));
    out << list.dump(2) << "\n";
  } else if (name.empty()) {
    print_table(chosen, out);
  } else {
    for (const Entry& entry : chosen) {
      if (&entry != chosen.data()) out << "\n";
      print_entry(entry, out);
    }
  }
  return to_int(ExitCode::done);
}

void add_drivers(CLI::App& app, Environment& environment, int& exit_code) {
  CLI::App* command = app.add_subcommand("drivers", "List the drivers for boards, or explain one");
  auto name = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("NAME", *name, "Driver to explain");
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([name, format, &environment, &exit_code] {
    exit_code = list_drivers(environment.drivers, *name, *format == "json", environment.out, environment.err);
  });
}

}  // namespace rigbisect
