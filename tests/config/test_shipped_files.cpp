#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.h"
#include "config/board.h"
#include "config/recipe.h"
#include "drivers/registry.h"

// The board and recipe files of this repository must load: a mistake in one fails here, not at night.
namespace rigbisect {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> yaml_files(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(RIGBISECT_SOURCE_DIR) / folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("every board file loads, and no two boards have one name") {
  const DriverTable drivers = driver_table();
  const auto files = yaml_files("boards");
  CHECK(files.size() >= 4);
  std::set<std::string> names;
  for (const fs::path& file : files) {
    const auto board = load_board(file, drivers);
    REQUIRE_MESSAGE(board.ok(), board.error().what);
    CHECK(names.insert(board->name).second);
    CHECK(file.stem() == board->name);
    CHECK_FALSE(board->description.empty());
  }
}

TEST_CASE("every recipe file loads") {
  const auto files = yaml_files("recipes");
  CHECK_FALSE(files.empty());
  for (const fs::path& file : files) {
    const auto recipe = load_recipe(file);
    REQUIRE_MESSAGE(recipe.ok(), recipe.error().what);
    CHECK(file.stem() == recipe->name);
  }
}

// The YAML in a driver's notes: "  power:" and the deeper lines below it, without the indentation.
std::string example_in(const std::string& notes, const std::string& role) {
  std::string example;
  for (const std::string_view line : split(notes, '\n')) {
    const bool begins = line == "  " + role + ":";
    const bool goes_on = !example.empty() && line.starts_with("    ");
    if (!begins && !goes_on && !example.empty()) break;
    if (begins || goes_on) example.append(line.substr(2)).append("\n");
  }
  return example;
}

template <typename Rows>
void check_examples(const Rows& rows, const std::string& role, const DriverTable& drivers) {
  const std::string parts[][2] = {
      {"power", "power: {driver: command, on: [pdu, a], off: [pdu, b]}\n"},
      {"console", "console: {driver: tcp, host: ser2net, port: 2001}\n"},
      {"boot", "boot: {driver: pxe, interface: rig0, mac: 52:54:00:77:00:11}\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    std::string yaml = "board: example\n" + example_in(row.notes, role);
    for (const auto& [other, line] : parts) {
      if (other != role) yaml += line;
    }
    const auto board = parse_board(yaml, row.name + ".yaml", drivers);
    CHECK_MESSAGE(board.ok(), (board ? "" : board.error().what));
  }
}

TEST_CASE("the example in every driver's notes is a board's valid part") {
  const DriverTable drivers = driver_table();
  check_examples(drivers.power, "power", drivers);
  check_examples(drivers.console, "console", drivers);
  check_examples(drivers.boot, "boot", drivers);
}

}  // namespace
}  // namespace rigbisect
