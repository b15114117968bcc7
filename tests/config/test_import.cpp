#include <doctest/doctest.h>

#include "config/import.h"
#include "config/import_parts.h"
#include "os/file.h"

namespace rigbisect {
namespace {

std::string data(const std::string& name) {
  auto text = read_file(std::string(RIGBISECT_SOURCE_DIR) + "/tests/data/import/" + name);
  REQUIRE_MESSAGE(text.ok(), text.error().what);
  return *text;
}

bool has_note(const Imported& imported, int line, const std::string& part) {
  return notes_text(imported.notes).find("line " + std::to_string(line) + ": ") != std::string::npos &&
         notes_text(imported.notes).find(part) != std::string::npos;
}

TEST_CASE("a labgrid environment becomes a board for each target") {
  const auto imported = import_labgrid(data("labgrid-env.yaml"), "env.yaml");
  REQUIRE_MESSAGE(imported.ok(), imported.error().what);
  REQUIRE(imported->boards.size() == 3);
  CHECK(board_text(imported->boards[0]) ==
        "board: main\n"
        "description: imported, to be checked\n"
        "power:                # from line 8\n"
        "  driver: snmp\n"
        "  host: pdu-rack1.lab\n"
        "  outlet: 7\n"
        "console:                # from line 5\n"
        "  driver: serial\n"
        "  port: /dev/ttyUSB0\n"
        "  baud: 115200\n"
        "boot:\n"
        "  driver: CHANGE   # the file says nothing that fits; see `rigbisect drivers`\n"
        "command_line: \"console=ttyS0,115200\"\n");
  const std::string second = board_text(imported->boards[1]);
  CHECK(second.find("board: board-two\n") == 0);
  CHECK(second.find("  on: [example-command, 'the board', 'on']\n") != std::string::npos);
  CHECK(second.find("  driver: flash\n") != std::string::npos);
  CHECK(has_note(*imported, 15, "ShellDriver is not needed"));
  CHECK(has_note(*imported, 19, "A10LQ7XY"));
  CHECK(has_note(*imported, 25, "YKUSHPowerPort has no counterpart"));
  CHECK(has_note(*imported, 38, "cmd_on needs a shell"));
  CHECK(board_text(imported->boards[2]).find("  driver: rfc2217\n  host: '$HOST.lab'\n") !=
        std::string::npos);
}

TEST_CASE("a labgrid exporter's groups become boards") {
  const auto imported = import_labgrid(data("labgrid-exporter.yaml"), "exporter.yaml");
  REQUIRE_MESSAGE(imported.ok(), imported.error().what);
  REQUIRE(imported->boards.size() == 1);
  const std::string text = board_text(imported->boards[0]);
  CHECK(text.find("board: rack1-left\n") == 0);
  CHECK(text.find("  driver: shelly\n  url: 'http://plug-3.lab'\n  relay: 0\n  generation: 2\n") !=
        std::string::npos);
  CHECK(text.find("  port: /dev/ttyS1\n  baud: 9600\n") != std::string::npos);
}

TEST_CASE("pdudaemon's PDUs get our own driver where there is one, else pdudaemon stays in between") {
  const auto imported = import_pdudaemon(data("pdudaemon.conf"), "pdudaemon.conf");
  REQUIRE_MESSAGE(imported.ok(), imported.error().what);
  REQUIRE(imported->boards.size() == 2);
  CHECK(board_text(imported->boards[0]).find("  driver: snmp\n  host: 10.0.0.5\n  outlet: CHANGE\n") !=
        std::string::npos);
  CHECK(board_text(imported->boards[1])
            .find("  driver: pdudaemon\n  url: 'http://CHANGE:16421'\n  pdu: egpms\n") != std::string::npos);
  CHECK(has_note(*imported, 9, "our own driver snmp, which reads the state back"));
  CHECK(has_note(*imported, 14, "there is no driver for 'EG-PMS'"));
}

TEST_CASE("a LAVA device dictionary's commands become drivers where they need no shell") {
  const auto imported = import_lava(data("lava-x15.jinja2"), "x15-01");
  REQUIRE_MESSAGE(imported.ok(), imported.error().what);
  const std::string text = board_text(imported->boards.at(0));
  CHECK(text.find("board: x15-01\n") == 0);
  CHECK(text.find("  driver: pdudaemon\n  url: 'http://pdu.lab:16421'\n  pdu: rack1-apc\n  outlet: 3\n") !=
        std::string::npos);
  CHECK(text.find("  driver: tcp\n  host: ser2net.lab\n  port: 7001\n") != std::string::npos);
  CHECK(has_note(*imported, 1, "what this file extends is not followed"));
  CHECK(has_note(*imported, 3, "hard_reset_command is not needed"));
  CHECK(has_note(*imported, 6, "command_line"));
}

TEST_CASE("a file of something else is refused") {
  CHECK_FALSE(import_lava("hello\n", "x"));
  const auto broken = import_labgrid("targets: [\n", "env.yaml");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().what.find("env.yaml:") == 0);
  const auto other = import_pdudaemon("{\"a\": 1}", "b.conf");
  REQUIRE(other);
  CHECK(has_note(*other, 1, "no map 'pdus'"));
}

TEST_CASE("a command that needs no shell is split like a shell does it") {
  CHECK(command_words("a 'b c' \"d\" ''") == std::vector<std::string>{"a", "b c", "d", ""});
  CHECK_FALSE(command_words("a | b"));
  CHECK_FALSE(command_words("echo $HOME"));
  CHECK_FALSE(command_words("a 'b"));
}

}  // namespace
}  // namespace rigbisect
