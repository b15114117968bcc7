#include <thread>

#include "drivers/console/com_port.h"
#include "drivers/console/telnet_codec.h"
#include "tests/drivers/console/console_test.h"

// Telnet and RFC 2217: the codecs on bytes as the RFCs have them, and the drivers on a server that the test
// plays. test_ser2net_system.cpp has a real server.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("telnet: what is wished for is sent first, and agreeing needs no more words") {
  TelnetCodec codec({TelnetOption::com_port});
  CHECK(codec.greeting() == "\xff\xfb\x00\xff\xfb\x03\xff\xfb\x2c\xff\xfd\x00\xff\xfd\x03"s);
  CHECK_FALSE(codec.agreed(TelnetOption::com_port));
  const auto agreed = codec.feed("\xff\xfd\x00\xff\xfb\x00\xff\xfd\x2c"s);
  CHECK(agreed.reply.empty());
  CHECK(agreed.data.empty());
  CHECK(codec.agreed(TelnetOption::com_port));
}

TEST_CASE("telnet: options nobody knows are refused, and no two peers talk in circles") {
  TelnetCodec codec({});
  CHECK(codec.feed("\xff\xfd\x18\xff\xfb\x26"s).reply == "\xff\xfc\x18\xff\xfe\x26"s);
  CHECK(codec.feed("\xff\xfe\x18\xff\xfc\x26"s).reply.empty());
  CHECK(codec.feed("\xff\xfb\x01"s).reply == "\xff\xfd\x01"s);  // the server may echo
  CHECK(codec.feed("\xff\xfb\x01"s).reply.empty());
  TelnetCodec other({});
  std::string words = codec.greeting();
  for (int turn = 0; turn < 4 && !words.empty(); ++turn) {
    words = (turn % 2 == 0 ? other : codec).feed(words).reply;
  }
  CHECK(words.empty());
}

TEST_CASE("telnet: a refusal is remembered and confirmed once") {
  TelnetCodec codec({TelnetOption::com_port});
  CHECK(codec.feed("\xff\xfe\x2c"s).reply.empty());
  CHECK(codec.refused(TelnetOption::com_port));
}

TEST_CASE("telnet: bytes pass whole however they are cut") {
  const std::string wire = "a\xff\xff"s + "b\xff\xf1" + "c\xff\xfa\x2c\x65\xff\xff\x01\xff\xf0" + "d";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    TelnetCodec codec({TelnetOption::com_port});
    auto first = codec.feed(wire.substr(0, cut));
    const auto second = codec.feed(wire.substr(cut));
    CHECK(first.data + second.data ==
          "a\xff"
          "bcd");
    first.messages.insert(first.messages.end(), second.messages.begin(), second.messages.end());
    CHECK(first.messages == std::vector<std::string>{"\x2c\x65\xff\x01"});
  }
}

TEST_CASE("telnet: outside of binary mode a bare carriage return travels with a NUL") {
  TelnetCodec codec({});
  CHECK(codec.encode("ls\r") == "ls\r\0"s);
  CHECK(codec.encode("a\r\nb\xff") == "a\r\nb\xff\xff");
  CHECK(codec.feed("x\r\0y\r\nz\0"s).data == "x\ry\r\nz\0"s);
  codec.feed("\xff\xfd\x00\xff\xfb\x00"s);
  CHECK(codec.encode("ls\r") == "ls\r");
  CHECK(codec.feed("x\r\0y"s).data == "x\r\0y"s);
}

TEST_CASE("telnet: a message without an end is bounded and ends at the next command") {
  TelnetCodec codec({});
  CHECK(codec.feed("\xff\xfa\x2c" + std::string(1 << 20, 'x')).data.empty());
  const auto after = codec.feed(
      "\xff\xf0"
      "data");
  REQUIRE(after.messages.size() == 1);
  CHECK(after.messages[0].size() == 512);
  CHECK(after.data == "data");
  CHECK(codec
            .feed("\xff\xfa\x2cx\xff\xfd\x18"
                  "y"s)
            .reply == "\xff\xfc\x18"s);
}

TEST_CASE("COM port: speed and framing count when the server confirms them all") {
  ComPort port({.baud = 115200});
  CHECK(port.requests().starts_with("\xff\xfa\x2c\x01\x00\x01\xc2\x00\xff\xf0"s));
  port.take("\x65\x00\x01\xc2\x00"s);
  port.take("\x66\x08"s);
  port.take("\x67\x01"s);
  CHECK(port.confirmed().value() == false);
  port.take("\x68\x01"s);
  CHECK(port.confirmed().value() == true);
  port.take("\x65\x00\x00\x25\x80"s);  // another client of the server set 9600
  CHECK(port.confirmed().error().what.starts_with("the server was asked for baud 115200 and set 9600"));
}

TEST_CASE("COM port: 255 in a value is doubled, and nonsense is passed over") {
  ComPort port({.baud = 0xff});
  CHECK(port.requests().starts_with("\xff\xfa\x2c\x01\x00\x00\x00\xff\xff\xff\xf0"s));
  for (const std::string& nonsense : {""s, "\x65"s, "\x65\x01\x02"s, "\x66"s, "\xc8\x01"s, "\x6a\x01\x02"s}) {
    port.take(nonsense);
  }
  CHECK(port.confirmed().value() == false);
  CHECK_FALSE(port.line_errors().has_value());
}

TEST_CASE("COM port: line errors are counted from the first word of them") {
  ComPort port({});
  port.take("\x6e\x1e"s);  // the mask was taken
  CHECK(port.line_errors() == LineErrors{});
  port.take("\x6a\x0a"s);
  port.take("\x6a\x10"s);
  port.take("\x6a\x61"s);  // data ready, buffers empty: no errors
  CHECK(port.line_errors() == LineErrors{.overruns = 1, .framing = 1, .breaks = 1});
  CHECK_FALSE(port.lines_driven().has_value());
  for (const auto& [state, driven] : {std::pair{'\x30', true}, {'\x0b', false}, {'\x80', true}}) {
    port.take(std::string("\x6b") + state);  // NOTIFY-MODEMSTATE: CTS and DSR; changes only; DCD
    CHECK(port.lines_driven() == driven);
  }
}

struct Rig : DriverWorld {
  Result<std::unique_ptr<SerialConsole>> connect(const DriverRow<SerialConsole>& row) {
    return make(row, {{"host", {"127.0.0.1"}}, {"port", {std::to_string(server.port())}}});
  }
  Server server;
  std::array<char, 64> buffer{};
};

constexpr std::size_t kGreeting = 12;

TEST_CASE("telnet: data passes in both directions, negotiation in between") {
  Rig rig;
  const auto console = std::move(*rig.connect(telnet_driver()));
  CHECK(console->describe() == "telnet 127.0.0.1:" + std::to_string(rig.server.port()));
  const Fd wire = rig.server.accept();
  CHECK(hear(wire.get(), kGreeting).size() == kGreeting);
  say(wire.get(), "\xff\xfd\x00\xff\xfb\x00\xff\xfb\x01 boot\xff\xff"s);
  CHECK(read_until(*console, "boot") == " boot\xff");
  CHECK(hear(wire.get(), 3) == "\xff\xfd\x01");
  REQUIRE(console->write(std::string_view("a\r\xff"), rig.in(5s), {}).ok());
  CHECK(hear(wire.get(), 4) == "a\r\xff\xff");
  REQUIRE(console->break_sender()->send_break(rig.in(5s), {}).ok());
  CHECK(hear(wire.get(), 2) == "\xff\xf3");
  CHECK_FALSE(console->counters()->line_errors().has_value());
  CHECK(console->read(rig.buffer, rig.in(1ms), {}).error().code == Errc::timeout);
}

// Answers like a server with RFC 2217 that sets `baud`, then says boot.
void serve_com_port(const Fd& wire, const std::string& baud) {
  hear(wire.get(), kGreeting + 3);
  say(wire.get(), "\xff\xfd\x00\xff\xfb\x00\xff\xfd\x2c"s);
  hear(wire.get(), 10 + 6 * 7);
  say(wire.get(), "early\xff\xfa\x2c\x65" + baud + "\xff\xf0\xff\xfa\x2c\x66\x08\xff\xf0"s +
                      "\xff\xfa\x2c\x67\x01\xff\xf0\xff\xfa\x2c\x68\x01\xff\xf0"s);
}

TEST_CASE("RFC 2217: the port is set up before it counts as open, and no byte is lost meanwhile") {
  Rig rig;
  Fd wire;
  std::jthread server([&] {
    wire = rig.server.accept();
    serve_com_port(wire, "\x00\x01\xc2\x00"s);
  });
  const auto console = std::move(*rig.connect(rfc2217_driver()));
  server.join();
  CHECK(read_until(*console, "early") == "early");
  CHECK_FALSE(console->counters()->line_errors().has_value());
  say(wire.get(), "\xff\xfa\x2c\x6a\x02\xff\xf0x"s);
  CHECK(read_until(*console, "x") == "x");
  CHECK(console->counters()->line_errors() == LineErrors{.overruns = 1});
  REQUIRE(console->break_sender()->send_break(rig.in(5s), {}).ok());
  CHECK(hear(wire.get(), 14) == "\xff\xfa\x2c\x05\x05\xff\xf0\xff\xfa\x2c\x05\x06\xff\xf0"s);
}

TEST_CASE("RFC 2217: a server that sets another speed, or none, is an error that says so") {
  Rig rig;
  {
    std::jthread server([&] { serve_com_port(rig.server.accept(), "\x00\x00\x25\x80"s); });
    const auto slower = rig.connect(rfc2217_driver());
    REQUIRE_FALSE(slower.ok());
    CHECK(slower.error().what.find("asked for baud 115200 and set 9600") != std::string::npos);
  }
  std::jthread server([&] {
    const Fd wire = rig.server.accept();
    say(wire.get(), "\xff\xfe\x2c"s);
    hear(wire.get(), 100);
  });
  const auto refused = rig.connect(rfc2217_driver());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().what.find("does not let the port be set (RFC 2217)") != std::string::npos);
}

TEST_CASE("line errors are counted over a loss of the line") {
  Rig rig;
  Fd wire;
  const auto accept = [&] {
    wire = rig.server.accept();
    serve_com_port(wire, "\x00\x01\xc2\x00"s);
  };
  std::jthread server(accept);
  const auto console = std::move(*rig.connect(rfc2217_driver()));
  server.join();
  say(wire.get(), "\xff\xfa\x2c\x6a\x02\xff\xf0x"s);
  read_until(*console, "x");
  wire.reset();
  CHECK(console->read(rig.buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  std::jthread again(accept);
  read_until(*console, "early");
  again.join();
  say(wire.get(), "\xff\xfa\x2c\x6a\x08\xff\xf0y"s);
  read_until(*console, "y");
  CHECK(console->counters()->line_errors() == LineErrors{.overruns = 1, .framing = 1});
  CHECK(describe(*console->counters()->line_errors()) == "1 overrun, 1 framing error");
}

}  // namespace
}  // namespace rigbisect
