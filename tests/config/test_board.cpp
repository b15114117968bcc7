#include <doctest/doctest.h>

#include "config/board.h"
#include "tests/config/fake_drivers.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

const std::string kPower = "power: {driver: lcus, port: /dev/relay}\n";
const std::string kConsole = "console: {driver: serial, port: /dev/tty}\n";
const std::string kBoot = "boot: {driver: pxe, interface: rig0, mac: 52:54:00:77:00:11}\n";
const std::string kGood = "board: nuc-1\n" + kPower + kConsole + kBoot;

Result<Board> parse(const std::string& yaml) {
  return parse_board(yaml, "/lab/boards/b.yaml", fake_drivers());
}

std::string error_of(const std::string& yaml) {
  const auto board = parse(yaml);
  return board ? "no error" : board.error().what;
}

TEST_CASE("a board file with everything in it is read") {
  const auto board = parse(R"(
board: virtual-pc
description: >
  a PC
  on a shelf
power:   {driver: lcus, port: ../dev/relay, channel: 3, settle: 1s}
console: {driver: serial, port: /dev/serial/by-id/x, baud: 9600, framing: 7E1, flow: true}
boot:
  driver: pxe
  interface: rig0
  mac: "52-54-00-77-00-1A"
boot_once: network
off_proof: {console_silent: 3s, modem_lines: true, ping: 10.77.0.42, link: rig0}
timings: {off: 3s, firmware: 1m30s, heartbeat: 5s, quiet: 250ms, retries: 0}
firmware_on_console: false
command_line: "console=ttyS0,115200"
labels: [x86_64, lab]
)");
  REQUIRE_MESSAGE(board.ok(), board.error().what);
  CHECK(board->name == "virtual-pc");
  CHECK(board->description == "a PC on a shelf");
  CHECK(board->power.driver == "lcus");
  CHECK(board->power.options.text("port") == "/lab/dev/relay");
  CHECK(board->power.options.integer("channel") == 3);
  CHECK(board->power.options.duration("settle") == 1s);
  CHECK(board->console.options.text("port") == "/dev/serial/by-id/x");
  CHECK(board->console.options.text("framing") == "7E1");
  CHECK(board->console.options.boolean("flow"));
  CHECK(board->boot.options.text("mac") == "52:54:00:77:00:1a");
  CHECK(board->boot_once == BootTarget::network);
  CHECK(board->off_proof.console_silent == 3s);
  CHECK(board->off_proof.modem_lines);
  CHECK(board->off_proof.ping == "10.77.0.42");
  CHECK(board->off_proof.link == "rig0");
  CHECK_FALSE(board->firmware_on_console);
  CHECK(board->timings.off == 3s);
  CHECK(board->timings.firmware == 90s);
  CHECK(board->timings.quiet == 250ms);
  CHECK(board->timings.retries == 0);
  CHECK(board->timings.kernel == Timings{}.kernel);
  CHECK(board->command_line == "console=ttyS0,115200");
  CHECK(board->labels == std::vector<std::string>{"x86_64", "lab"});
  CHECK(board->file == "/lab/boards/b.yaml");
}

TEST_CASE("options that are left out have the driver's defaults") {
  const auto board = parse("board: b\npower: {driver: command, on: [pdu, 'on', \"3\"]}\n" + kConsole + kBoot);
  REQUIRE_MESSAGE(board.ok(), board.error().what);
  CHECK(board->power.options.list("on") == std::vector<std::string>{"pdu", "on", "3"});
  CHECK(board->power.options.list("env") == std::vector<std::string>{"A", "B"});
  CHECK(board->console.options.integer("baud") == 115200);
  CHECK_FALSE(board->console.options.boolean("flow"));
}

TEST_CASE("a proof of off names an address in numbers") {
  CHECK(error_of(kGood + "off_proof: {ping: nuc-1.lab, silent: 2s}\n") ==
        "/lab/boards/b.yaml:5:19: off_proof.ping: expected an IPv4 address such as 10.77.0.42, not "
        "'nuc-1.lab'\n/lab/boards/b.yaml:5:30: unknown key 'silent' in off_proof; known: console_silent, "
        "modem_lines, ping, link");
}

TEST_CASE("all mistakes of a board file are reported at once, with their places") {
  CHECK(
      error_of("board: NUC\n"
               "power: {driver: lcos, port: /dev/relay}\n"
               "console:\n"
               "  driver: serial\n"
               "  prot: /dev/tty\n"
               "  baud: fast\n"
               "timings: {off: 2, kernal: 5s, quiet: 2d}\n"
               "lables: [x]\n") ==
      "/lab/boards/b.yaml:1:8: board: expected a name of at most 63 letters a-z, digits and '-', such as "
      "nuc-1, "
      "not 'NUC'\n"
      "/lab/boards/b.yaml:2:17: power.driver: there is no power driver 'lcos' (did you mean 'lcus'?); known: "
      "lcus, command\n"
      "/lab/boards/b.yaml:4:3: console.port is missing: the serial device\n"
      "/lab/boards/b.yaml:6:9: console.baud: expected a whole number, not 'fast'\n"
      "/lab/boards/b.yaml:5:3: unknown key 'prot' in console (did you mean 'port'?)\n"
      "/lab/boards/b.yaml:1:1: boot is missing: how a kernel gets onto the machine, {driver: ..., ...}\n"
      "/lab/boards/b.yaml:7:16: timings.off: '2' has no unit: write 2s, or 2ms, 2m, 2h\n"
      "/lab/boards/b.yaml:7:38: timings.quiet: expected a duration such as 90s, 250ms or 1h30m, not '2d'\n"
      "/lab/boards/b.yaml:7:19: unknown key 'kernal' in timings (did you mean 'kernel'?)\n"
      "/lab/boards/b.yaml:8:1: unknown key 'lables' (did you mean 'labels'?)");
}

TEST_CASE("each kind of wrong value is named") {
  const struct {
    std::string yaml;
    std::string message;
  } rows[] = {
      {"", "1:1: the file: expected keys and values (key: value), but nothing is there"},
      {"- a\n", "1:1: the file: expected keys and values (key: value), not a list"},
      {"board: [x]\n" + kPower + kConsole + kBoot, "1:8: board: expected text, not a list"},
      {"board:\n" + kPower + kConsole + kBoot, "1:1: board: expected text, but nothing is there"},
      {"board: ''\n" + kPower + kConsole + kBoot,
       "1:8: board: expected text, but it is empty; leave the line out for the default"},
      {kGood + "power: {driver: lcus, port: /x}\n",
       "5:1: the key 'power' comes twice; the first one is in line 2"},
      {kGood + "labels: lab\n", "5:9: labels: expected a list such as [a, b], not 'lab'"},
      {kGood + "labels: [a, {b: c}]\n", "5:13: labels[1]: expected text, not a map"},
      {kGood + "timings: soon\n", "5:10: timings: expected keys and values (key: value), not 'soon'"},
      {kGood + "timings: {heartbeat: 1s}\n",
       "5:22: timings.heartbeat: expected a duration from 2s to 24h, not '1s'"},
      {kGood + "timings: {retries: -1}\n",
       "5:20: timings.retries: expected a whole number from 0 to 100, not '-1'"},
      {kGood + "command_line: \"a\\nb\"\n",
       "5:15: command_line: control characters and line breaks are not allowed in 'a\\x0ab'"},
      {kGood + "command_line: \"\\e[2J\"\n",
       "5:15: command_line: control characters and line breaks are not allowed in '\\x1b[2J'"},
      {kGood + "command_line: " + std::string(901, 'x') + "\n",
       "5:15: command_line: 901 bytes are too many; at most 900 fit beside what a recipe adds"},
      {"board: b\npower: lcus\n" + kConsole + kBoot,
       "2:8: power: expected keys and values (key: value), not 'lcus'"},
      {"board: b\npower: {port: /dev/relay}\n" + kConsole + kBoot,
       "2:8: power.driver is missing: one of lcus, command"},
      {"board: b\npower: {driver: ipmi}\n" + kConsole + kBoot,
       "2:17: power.driver: there is no power driver 'ipmi'; known: lcus, command"},
      {"board: b\npower: {driver: lcus, port: /x, channel: 9}\n" + kConsole + kBoot,
       "2:42: power.channel: expected a whole number from 1 to 8, not '9'"},
      {"board: b\npower: {driver: lcus, port: ~/relay}\n" + kConsole + kBoot,
       "2:29: power.port: '~' is not expanded here: write the whole path"},
      {"board: b\npower: {driver: command, on: []}\n" + kConsole + kBoot,
       "2:30: power.on: the list is empty: program and arguments"},
      {"board: b\n" + kPower + "console: {driver: serial, port: /x, framing: 8n1}\n" + kBoot,
       "3:46: console.framing: expected one of 8N1, 7E1, not '8n1' (did you mean '8N1'?)"},
      {"board: b\n" + kPower + "console: {driver: serial, port: /x, flow: yes}\n" + kBoot,
       "3:43: console.flow: expected true or false, not 'yes'"},
      {"board: b\n" + kPower + kConsole + "boot: {driver: pxe, interface: rig0, mac: 52:54:00:77:00}\n",
       "4:43: boot.mac: expected a MAC address such as 52:54:00:77:00:11, not '52:54:00:77:00'"},
      {"board: b\n" + kPower + kConsole + "boot: {driver: pxe, interface: rig0, mac: 01:54:00:77:00:11}\n",
       "4:43: boot.mac: 01:54:00:77:00:11 is no address of a network card (it is a group address)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    CHECK(error_of(row.yaml) == "/lab/boards/b.yaml:" + row.message);
  }
}

// The board's password option, or the message about it.
std::string password_of(const std::string& value) {
  DriverTable drivers = fake_drivers();
  drivers.power[0].options.push_back(
      {.name = "password", .type = OptionType::secret, .help = "of the relay"});
  const std::string power = "power: {driver: lcus, port: /dev/relay, password: " + value + "}\n";
  const auto board = parse_board("board: b\n" + power + kConsole + kBoot, "/lab/boards/b.yaml", drivers);
  if (!board) return board.error().what;
  const auto secret = board->power.options.secret("password");
  return to_string(secret->place) + (" " + secret->name);
}

TEST_CASE("a secret is a reference to a file, a variable or a key") {
  CHECK(password_of("{file: /etc/rig/password}") == "file /etc/rig/password");
  CHECK(password_of("{file: ../password}") == "file /lab/password");
  CHECK(password_of("{env: BMC_PASSWORD}") == "env BMC_PASSWORD");
  CHECK(password_of("{keyring: rig:bmc}") == "keyring rig:bmc");
}

TEST_CASE("a secret in plain is refused and not repeated") {
  const std::string message = password_of("hunter2");
  CHECK(
      message ==
      "/lab/boards/b.yaml:2:51: power.password: a secret does not stand in a board file: write {file: PATH} "
      "for a file that only you may read, {env: NAME} for an environment variable, or {keyring: NAME} for a "
      "key of the kernel's keyrings");
  CHECK(password_of("{file: /a, env: B}")
            .ends_with("expected one of {file: PATH}, {env: NAME} and {keyring: NAME}"));
  CHECK(password_of("{}").ends_with("expected one of {file: PATH}, {env: NAME} and {keyring: NAME}"));
  CHECK(password_of("{file: hunter2, plain: x}").find("unknown key 'plain'") != std::string::npos);
}

TEST_CASE("a file that is not there is an error that names it") {
  const auto board = load_board("/nonexistent/b.yaml", fake_drivers());
  REQUIRE_FALSE(board.ok());
  CHECK(board.error().code == Errc::not_found);
  CHECK(board.error().what == "cannot open /nonexistent/b.yaml: No such file or directory");
}

TEST_CASE("a wrong default in the driver table is reported as the driver's mistake") {
  DriverTable drivers = fake_drivers();
  drivers.power[0].options[1].default_value = "many";
  const auto board = parse_board(kGood, "b.yaml", drivers);
  REQUIRE_FALSE(board.ok());
  CHECK(board.error().what ==
        "b.yaml:2:8: a mistake in the driver's own table: default of power.channel:1:1: power.channel: "
        "expected a "
        "whole number from 1 to 8, not 'many'");
}

}  // namespace
}  // namespace rigbisect
