#include "config/board.h"

#include <algorithm>

#include "base/text.h"
#include "config/driver_options.h"
#include "config/map_reader.h"
#include "config/yaml_tree.h"
#include "os/ping.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

struct TimingRow {
  const char* name;
  Duration Timings::*field;
  Duration min;
};

constexpr TimingRow kTimings[] = {
    {"power", &Timings::power, 100ms},
    {"off", &Timings::off, 0ms},
    {"arm", &Timings::arm, 1s},
    {"firmware", &Timings::firmware, 1s},
    {"loader", &Timings::loader, 1s},
    {"kernel", &Timings::kernel, 1s},
    {"heartbeat", &Timings::heartbeat, 2s},  // our init sends one every second
    {"collect", &Timings::collect, 100ms},
    {"quiet", &Timings::quiet, 10ms},
    {"residue", &Timings::residue, 0ms},
    {"backoff", &Timings::backoff, 0ms},
};

bool is_board_name(const std::string& name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return name.size() <= 63 && name.front() != '-' && std::all_of(name.begin(), name.end(), allowed);
}

void read_name(MapReader& map, Board& board) {
  const YamlNode* node = map.require("board", "the name of this board, such as nuc-1");
  const auto name = node == nullptr ? std::nullopt : read_text(*node, "board", map.problems());
  if (!name) return;
  if (is_board_name(*name)) {
    board.name = *name;
  } else {
    map.problems().add(
        node->mark, "board: expected a name of at most 63 letters a-z, digits and '-', such as nuc-1, not " +
                        shown(*name));
  }
}

void read_timings(MapReader& map, Timings& timings) {
  const YamlNode* node = map.find("timings");
  if (node == nullptr) return;
  MapReader rows(*node, "timings", map.problems());
  for (const TimingRow& row : kTimings) rows.duration(row.name, row.min, 24h, timings.*row.field);
  rows.integer("retries", 0, 100, timings.retries);
  rows.finish();
}

void read_boot_once(MapReader& map, std::optional<BootTarget>& target) {
  std::string word;
  const YamlNode* node = map.text("boot_once", word);
  if (node == nullptr) return;
  if (word == "network" || word == "disk") {
    target = word == "disk" ? BootTarget::disk : BootTarget::network;
  } else {
    map.problems().add(node->mark, "boot_once: expected network or disk, not " + shown(word));
  }
}

void read_off_proof(MapReader& map, OffProof& proof) {
  const YamlNode* node = map.find("off_proof");
  if (node == nullptr) return;
  MapReader rows(*node, "off_proof", map.problems());
  rows.duration("console_silent", 0ms, 1h, proof.console_silent);
  rows.boolean("modem_lines", proof.modem_lines);
  const YamlNode* ping = rows.text("ping", proof.ping);
  if (ping != nullptr && !is_ipv4_address(proof.ping)) {
    map.problems().add(
        ping->mark, "off_proof.ping: expected an IPv4 address such as 10.77.0.42, not " + shown(proof.ping));
  }
  rows.text("link", proof.link);
  rows.finish();
}

}  // namespace

std::vector<std::string> timing_names() {
  std::vector<std::string> names;
  for (const TimingRow& row : kTimings) names.emplace_back(row.name);
  return names;
}

Result<Board> parse_board(std::string_view yaml, const std::filesystem::path& file,
                          const DriverTable& drivers) {
  Problems problems(file);
  const auto root = parse_yaml(yaml, problems);
  if (!root) return problems.error();
  Board board;
  board.file = absolute_file(file);
  const std::filesystem::path directory = board.file.parent_path();

  MapReader map(*root, "", problems);
  read_name(map, board);
  map.text("description", board.description);
  if (const YamlNode* node = map.require("power", "how the machine is switched, {driver: ..., ...}")) {
    board.power = read_driver(*node, "power", drivers.power, directory, problems);
  }
  if (const YamlNode* node = map.require("console", "the machine's serial line, {driver: ..., ...}")) {
    board.console = read_driver(*node, "console", drivers.console, directory, problems);
  }
  if (const YamlNode* node = map.require("boot", "how a kernel gets onto the machine, {driver: ..., ...}")) {
    board.boot = read_driver(*node, "boot", drivers.boot, directory, problems);
  }
  read_boot_once(map, board.boot_once);
  read_timings(map, board.timings);
  read_off_proof(map, board.off_proof);
  map.boolean("firmware_on_console", board.firmware_on_console);
  read_command_line(map, "a recipe", board.command_line);
  map.texts("labels", board.labels);
  map.finish();
  if (!problems.empty()) return problems.error();
  return board;
}

Result<Board> load_board(const std::filesystem::path& file, const DriverTable& drivers) {
  const auto text = read_yaml_file(file);
  if (!text) return text.error();
  return parse_board(*text, file, drivers);
}

}  // namespace rigbisect
