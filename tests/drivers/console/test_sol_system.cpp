#include <thread>

#include "drivers/console/sol_session.h"
#include "os/file.h"
#include "os/process.h"
#include "tests/drivers/console/console_test.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

// Serial over LAN on OpenIPMI's ipmi_sim, whose serial port is a pty, through the real ipmitool.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

class Bmc : public DriverWorld {
 public:
  Bmc() : port_(free_port(SOCK_DGRAM)) {
    const std::string port = std::to_string(port_);
    write("chassis",
          "#!/bin/sh\nshift; verb=$1; shift\nwhile [ $# -gt 0 ]; do case $verb-$1 in\nget-power) echo "
          "power:1; shift ;;\n"
          "get-*) echo \"$1:0\"; shift ;;\n*) shift 2 ;;\nesac; done\n");
    std::filesystem::permissions(file("chassis"), std::filesystem::perms::owner_all);
    write("lan.conf",
          "name \"board\"\nset_working_mc 0x20\nstartlan 1\n addr 127.0.0.1 " + port +
              "\n priv_limit admin\n allowed_auths_callback none md2 md5 straight\n"
              " allowed_auths_user none md2 md5 straight\n allowed_auths_operator none md2 md5 straight\n"
              " allowed_auths_admin none md2 md5 straight\n guid a123456789abcdefa123456789abcdee\nendlan\n"
              "chassis_control \"" +
              file("chassis") + " 0x20\"\nsol \"" + uart.name() +
              "\" 115200\nuser 1 true \"\" \"\" user 10 none md2 md5 straight\n"
              "user 2 true \"rig\" \"test\" admin 10 none md2 md5 straight\n");
    write("sim.emu",
          "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\n"
          "sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n");
    std::filesystem::create_directory(file("state"));
    write("password", "test\n");
    write("wrong", "tset\n");
    start();
  }
  void start() {
    program_.emplace(std::vector<std::string>{"ipmi_sim", "-c", file("lan.conf"), "-f", file("sim.emu"), "-s",
                                              file("state"), "-n"},
                     file("log"));
  }
  void stop() { program_.reset(); }

  std::map<std::string, std::vector<std::string>> options() const {
    return {{"host", {"127.0.0.1"}},
            {"port", {std::to_string(port_)}},
            {"user", {"rig"}},
            {"password", {"file", file("password")}},
            {"cipher", {"3"}},  // ipmi_sim lets the question for cipher suites time out
            {"privilege", {"administrator"}}};
  }
  Result<std::unique_ptr<SerialConsole>> connect(std::map<std::string, std::vector<std::string>> given = {}) {
    given.merge(options());
    auto made = make(sol_driver(), given);
    for (const Deadline patience = in(20s); !made && clock.now() < patience && is_starting(made.error());) {
      (void)clock.sleep_until(in(100ms), {});
      made = make(sol_driver(), given);
    }
    return made;
  }
  std::string file(const std::string& name) const { return scratch_.path() / name; }

  PtyPort uart;

 private:
  static bool is_starting(const Error& error) { return error.code == Errc::disconnected; }
  void write(const std::string& name, const std::string& content) const {
    REQUIRE(write_file_atomically(file(name), content).ok());
    std::filesystem::permissions(file(name),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  ScratchDirectory scratch_;
  int port_;
  std::optional<RunningProgram> program_;
};

const auto skipped = doctest::skip(!has_program("ipmi_sim") || !has_program("ipmitool"));

TEST_CASE("a BMC's console passes bytes in both directions" * skipped) {
  Bmc bmc;
  auto made = bmc.connect();
  REQUIRE_MESSAGE(made.ok(), (made ? "" : made.error().what));
  SerialConsole& console = **made;
  CHECK(console.describe().starts_with("sol 127.0.0.1:"));
  say(bmc.uart.board(), "boot\xff\r\nok\n");
  CHECK(read_until(console, "ok\n") == "boot\xff\r\nok\n");
  const std::string typed = "~.\r~?\r\x1e\x1e.\x03";  // what ipmitool could take for its own
  REQUIRE(console.write(typed, bmc.in(5s), {}).ok());
  CHECK(hear(bmc.uart.board(), typed.size()) == typed);
  std::array<char, 64> buffer{};
  CHECK(console.read(buffer, bmc.in(1ms), {}).error().code == Errc::timeout);
}

TEST_CASE("a break goes out at the begin of a line" * skipped) {
  Bmc bmc;
  const auto console = std::move(bmc.connect()).value();
  CHECK(console->break_sender()->send_break(bmc.in(5s), {}).ok());
  CHECK(read_until(*console, "send break").find("send break") != std::string::npos);
  REQUIRE(console->write(std::string_view("half a line"), bmc.in(5s), {}).ok());
  const auto refused = console->break_sender()->send_break(bmc.in(5s), {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().what.find("press Enter first") != std::string::npos);
}

TEST_CASE("a session that was left behind is taken over; a colleague's is not if so wished" * skipped) {
  Bmc bmc;
  const auto first = std::move(bmc.connect()).value();
  const auto polite = bmc.connect({{"take_over", {"false"}}});
  REQUIRE_FALSE(polite.ok());
  CHECK(polite.error().code == Errc::busy);
  CHECK(polite.error().what.find("another session has the BMC's console (SOL): end it") != std::string::npos);
  const auto second = bmc.connect();
  REQUIRE_MESSAGE(second.ok(), (second ? "" : second.error().what));
  say(bmc.uart.board(), "to the second\n");
  read_until(**second, "to the second\n");
}

TEST_CASE("closing a console ends its session in the BMC" * skipped) {
  Bmc bmc;
  REQUIRE(bmc.connect().ok());
  const auto again = bmc.connect({{"take_over", {"false"}}});
  CHECK_MESSAGE(again.ok(), (again ? "" : again.error().what));
}

TEST_CASE("a wrong password and a BMC that is away are told apart, in time" * skipped) {
  Bmc bmc;
  REQUIRE(bmc.connect().ok());
  const auto wrong = bmc.connect({{"password", {"file", bmc.file("wrong")}}});
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == Errc::denied);
  CHECK(wrong.error().what.find("tset") == std::string::npos);
  bmc.stop();
  const TimePoint begin = bmc.clock.now();
  const auto away = bmc.make(sol_driver(), bmc.options());
  REQUIRE_FALSE(away.ok());
  CHECK(away.error().code == Errc::disconnected);
  CHECK(bmc.clock.now() - begin < 41s);
}

}  // namespace

TEST_CASE("ipmitool's own words and the console's bytes are told apart") {
  CHECK_FALSE(sol_data_begin("").has_value());
  CHECK_FALSE(sol_data_begin("[SOL Session operational.  Use \x1e? for help]").has_value());
  const std::string banner = "[SOL Session operational.  Use \x1e? for help]\n";
  CHECK(sol_data_begin(banner + "boot") == banner.size());
  CHECK(explain_sol_failure("Info: SOL payload already active on another session\n").code == Errc::busy);
  CHECK(explain_sol_failure("Info: SOL payload disabled\n").code == Errc::invalid);
  CHECK(explain_sol_failure("> RAKP 2 HMAC is invalid\nError: Unable to establish IPMI v2 / RMCP+ session\n")
            .code == Errc::denied);
  CHECK(explain_sol_failure("insufficient resources").code == Errc::disconnected);
}

}  // namespace rigbisect
