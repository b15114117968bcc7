#include <doctest/doctest.h>

#include "config/board.h"
#include "tests/config/fake_drivers.h"

// What a hostile or broken file may do to the YAML reader, seen through parse_board().
namespace rigbisect {
namespace {

std::string error_of(const std::string& yaml) {
  const auto board = parse_board(yaml, "b.yaml", fake_drivers());
  return board ? "no error" : board.error().what;
}

TEST_CASE("broken YAML is reported where it breaks, with the usual cause") {
  const struct {
    std::string yaml;
    std::string message;
  } rows[] = {
      {"board: a: b\n",
       "1:9: not valid YAML: illegal map value (a ': ' inside a value? Put the value into quotes)"},
      {"board: 'a\n", "1:8: the closing quote of this text is missing"},
      {"board: \"a\\\"\n", "1:8: the closing quote of this text is missing"},
      {"board: 'it''s\npower: x\n", "1:8: the closing quote of this text is missing"},
      {"power: {a: b\n", "2:1: not valid YAML: end of map flow not found (is a '}' missing?)"},
      {"labels: [a\n", "2:1: not valid YAML: end of sequence flow not found (is a ']' missing?)"},
      {"power:\n  a: b\n c: d\n",
       "3:2: not valid YAML: end of map not found (is a line indented differently from those around it?)"},
      {"board: @x\n",
       "1:8: not valid YAML: unknown token (text that begins with %, @ or ` must be put into quotes)"},
      {"power:\n\tdriver: x\n", "2:1: a tab in the indentation: YAML wants blanks there"},
      {"board: caf\xe9\n",
       "1:11: a byte that is no text (\\xe9): the file must be UTF-8 without control characters"},
      {"a\nboard: \x1b[2J\n",
       "2:8: a byte that is no text (\\x1b): the file must be UTF-8 without control characters"},
      {std::string("a\0b", 3),
       "1:2: a byte that is no text (\\x00): the file must be UTF-8 without control characters"},
      {"board: a\n---\nboard: b\n", "2:1: a second document begins here ('---'): a file describes one thing"},
      {"a: &x b\n", "1:4: anchors and aliases (& and *) are not used here: write the value out"},
      {"a: !!binary eA==\n", "1:4: tags such as 'tag:yaml.org,2002:binary' are not used here: leave it out"},
      {"[a]: b\n", "1:1: a key must be text, not a list"},
      {": b\n", "1:1: a key must be text, not nothing"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    CHECK(error_of(row.yaml) == "b.yaml:" + row.message);
  }
}

TEST_CASE("an alias bomb is refused at its first anchor") {
  CHECK(error_of("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n") ==
        "b.yaml:1:4: anchors and aliases (& and *) are not used here: write the value out");
}

TEST_CASE("size, depth, number of values and length of a text are bounded") {
  CHECK(error_of(std::string((1u << 20) + 1, '#')) == "b.yaml:1:1: the file has more than 1048576 bytes");
  CHECK(error_of("a: " + std::string(1000, '[') + std::string(1000, ']')) ==
        "b.yaml:1:19: nested more than 16 deep");
  std::string many = "a: [x";
  for (int i = 0; i < 6000; ++i) many += ",x";
  CHECK(error_of(many + "]\n") == "b.yaml:1:9999: more than 5000 values in one file");
  CHECK(error_of("board: " + std::string(9000, 'x') + "\n") ==
        "b.yaml:1:8: this text has 9000 bytes; at most 8192 are allowed");
}

TEST_CASE("a file full of mistakes gives twenty of them and the number of the others") {
  std::string yaml;
  for (int i = 0; i < 100; ++i) yaml += "board: x\n";
  const std::string error = error_of(yaml);
  CHECK(std::count(error.begin(), error.end(), '\n') == 20);
  CHECK(error.find("\n... and 82 more") != std::string::npos);
}

TEST_CASE("long and hostile text in a message is cut and made safe") {
  CHECK(error_of(std::string(300, 'k') + ": 1\n").find("unknown key '" + std::string(60, 'k') + "...'") !=
        std::string::npos);
  CHECK(error_of("\"\\e]0;x\\a\": 1\n").find("unknown key '\\x1b]0;x\\x07'") != std::string::npos);
}

TEST_CASE("Windows line ends and a byte order mark are fine") {
  const auto board = parse_board(
      "\xef\xbb\xbf"
      "board: b\r\npower: {driver: lcus, port: /x}\r\nconsole: {driver: serial, port: /y}\r\n"
      "boot: {driver: pxe, interface: rig0, mac: 52:54:00:77:00:11}\r\n",
      "b.yaml", fake_drivers());
  REQUIRE_MESSAGE(board.ok(), board.error().what);
  CHECK(board->name == "b");
  CHECK(board->console.options.text("port") == "/y");
}

}  // namespace
}  // namespace rigbisect
