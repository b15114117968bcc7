#include <doctest/doctest.h>

#include "drivers/boot/prompt_dialogue.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/fake_loader.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Board {
  Board() {
    REQUIRE(write_file_atomically(intent.kernel, "KERNEL"));
    REQUIRE(write_file_atomically(intent.initramfs, "INITRD"));
    fs::create_directories(root());
  }
  fs::path root() const { return scratch.path() / "srv"; }
  Result<std::unique_ptr<BootMedium>> make(std::map<std::string, std::vector<std::string>> more) {
    more.emplace("loader", std::vector<std::string>{"grub"});
    more.emplace("root", std::vector{root().native()});
    more.emplace("from", std::vector<std::string>{"(tftp,10.77.0.1)"});
    const auto row = prompt_driver();
    return row.make(options_for(row, more), DriverContext{machine.clock, servers, "board-1"});
  }
  // One boot, up to where the machine starts the kernel.
  Result<void> boot(const std::map<std::string, std::vector<std::string>>& more = {}) {
    medium = make(more).value();
    if (auto armed = medium->arm(intent, in(10s), {}); !armed) return armed;
    machine.start();
    return medium->handover()->hand_over(machine, in(3min), {});
  }
  Deadline in(Duration time) const { return machine.clock.now() + time; }
  std::string content(const std::string& name) const {
    const auto text = read_file(root() / name);
    return text ? *text : text.error().what;
  }

  ScratchDirectory scratch;
  BootIntent intent{scratch.path() / "bzImage", scratch.path() / "initrd", "console=ttyS0,115200 panic=5",
                    "0001-run"};
  FakeLoader machine;
  NoBootServers servers;
  std::unique_ptr<BootMedium> medium;
};

const std::vector<std::string> kTold{"source (tftp,10.77.0.1)/rigbisect/board-1.cfg", "boot"};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Board, "GRUB is stopped at its menu and boots what is staged") {
  REQUIRE(boot());
  CHECK(machine.lines == kTold);
  CHECK(
      content("rigbisect/board-1.cfg") ==
      "if linux '(tftp,10.77.0.1)/rigbisect/board-1/0001-run/kernel' 'console=ttyS0,115200' 'panic=5'; then\n"
      "  if initrd '(tftp,10.77.0.1)/rigbisect/board-1/0001-run/initrd'; then echo rigbisect-ok; fi\nfi\n");
  CHECK(content("rigbisect/board-1/0001-run/kernel") == "KERNEL");
  REQUIRE(medium->disarm());
  CHECK_FALSE(fs::exists(root() / "rigbisect/board-1.cfg"));
  CHECK(fs::is_empty(root() / "rigbisect/board-1"));
}

TEST_CASE_FIXTURE(Board, "iPXE is stopped by Ctrl-B, and gets an address first") {
  machine.banner = "\n\nPress Ctrl-B for the iPXE command line...";
  machine.enters = "\x02";
  machine.leaves = "";
  machine.prompt = "iPXE> ";
  REQUIRE(boot({{"loader", {"ipxe"}}, {"from", {"http://10.77.0.1/"}}}));
  CHECK(machine.lines == std::vector<std::string>{"dhcp && echo rigbisect-ok",
                                                  "chain http://10.77.0.1/rigbisect/board-1.ipxe", "boot"});
  CHECK(
      content("rigbisect/board-1.ipxe") ==
      "#!ipxe\n# made by rigbisect\nkernel --name kernel http://10.77.0.1/rigbisect/board-1/0001-run/kernel "
      "initrd=initrd console=ttyS0,115200 panic=5\ninitrd --name initrd "
      "http://10.77.0.1/rigbisect/board-1/0001-run/initrd\necho rigbisect-ok\n");
}

TEST_CASE_FIXTURE(Board, "a menu in another language is a menu") {
  machine.banner =
      "GNU GRUB  Version 2.06\n\r*Debian\n\rDr\xc3\xbc"
      "cken Sie \xc2\xbb"
      "e\xc2\xab";
  CHECK(boot());
  CHECK(machine.lines == kTold);
}

TEST_CASE_FIXTURE(Board, "a loader with another banner is known by it") {
  machine.banner = "Willkommen";
  CHECK(boot({{"banner", {"Willkommen"}}}));
}

TEST_CASE_FIXTURE(Board, "the loader's network is started first, where the board file says so") {
  REQUIRE(boot({{"prepare", {"net_bootp", "set net_default_server=10.77.0.1"}}}));
  REQUIRE(machine.lines.size() == 4);
  CHECK(machine.lines[0] == "if net_bootp; then echo rigbisect-ok; fi");
  CHECK(machine.lines[1] == "if set net_default_server=10.77.0.1; then echo rigbisect-ok; fi");
}

TEST_CASE_FIXTURE(Board, "a line that lost a character is taken back and typed again before Enter") {
  machine.lost = {3};
  REQUIRE(boot());
  CHECK(machine.lines == kTold);
}

TEST_CASE_FIXTURE(Board, "an Enter that is lost is pressed again") {
  machine.lost = {kTold[0].size()};
  REQUIRE(boot());
  CHECK(machine.lines == kTold);
}

TEST_CASE_FIXTURE(Board, "a gap of the console in the middle of a line is no harm") {
  machine.gaps = {5};
  REQUIRE(boot());
  CHECK(machine.lines == kTold);
}

TEST_CASE_FIXTURE(Board, "more is never typed at once than a UART keeps") {
  machine.most_at_once = 8;
  REQUIRE(boot());
  CHECK(machine.lines == kTold);
}

TEST_CASE_FIXTURE(Board, "noise on the line is a fault of the bench that quotes it, and nothing is booted") {
  machine.noise = "\x01#";
  const auto booted = boot();
  REQUIRE_FALSE(booted);
  CHECK(booted.error().code == Errc::protocol);
  CHECK(contains(
      booted.error().what,
      "expected the echo of 'source (tftp,10.77.0.1)/rigbisect/board-1.cfg', and the console said 's#"));
  CHECK(machine.lines.empty());
}

TEST_CASE_FIXTURE(Board, "a loader that is never seen is told from one without a prompt and one too late") {
  SUBCASE("not seen") {
    machine.banner = "No bootable device.";
    const auto booted = boot();
    REQUIRE_FALSE(booted);
    CHECK(booted.error().what == "expected 'GNU GRUB', and the console said 'No bootable device.'");
    CHECK(medium->diagnose() == "the boot loader was not seen");
  }
  SUBCASE("silent") {
    machine.banner = "";
    const auto booted = boot();
    REQUIRE_FALSE(booted);
    CHECK(booted.error() == Error{Errc::timeout, "expected 'GNU GRUB', and the console said nothing"});
  }
  SUBCASE("no prompt") {
    machine.has_prompt = false;
    const auto booted = boot();
    REQUIRE_FALSE(booted);
    CHECK(contains(booted.error().what, "expected the prompt 'grub> '"));
  }
  SUBCASE("too late") {
    machine.prompt_after = 5min;
    const auto booted = boot();
    REQUIRE_FALSE(booted);
    CHECK(contains(booted.error().what, "expected the prompt 'grub> '"));
  }
  CHECK(machine.lines.empty());
  CHECK(machine.clock.now().time_since_epoch() <= 1h + 3min);  // FakeClock begins at 1 h
}

TEST_CASE_FIXTURE(Board, "what a loader says to a command that fails is quoted, and nothing is booted") {
  machine.answer = [](const std::string&) { return "error: timeout reading `kernel'.\n\r"; };
  const auto booted = boot();
  REQUIRE_FALSE(booted);
  CHECK(booted.error().what ==
        "the boot loader was told 'source (tftp,10.77.0.1)/rigbisect/board-1.cfg', and said 'error: timeout "
        "reading `kernel'.'");
  CHECK(machine.lines.size() == 1);
}

TEST_CASE_FIXTURE(Board, "a loader that hangs while it loads is waited for until the deadline") {
  machine.answer = [this](const std::string&) { return machine.prompt = "", std::string(); };
  const auto booted = boot();
  REQUIRE_FALSE(booted);
  CHECK(contains(booted.error().what, "expected the prompt 'grub> ' after a command"));
}

TEST_CASE_FIXTURE(Board, "a stop ends the conversation") {
  medium = make({}).value();
  REQUIRE(medium->arm(intent, in(10s), {}));
  std::stop_source stop;
  stop.request_stop();
  CHECK(medium->handover()->hand_over(machine, in(1min), stop.get_token()).error().code == Errc::cancelled);
}

TEST_CASE_FIXTURE(Board, "what cannot be typed or passed on is refused before power-on") {
  CHECK(make({{"from", {"http://a b"}}}).error().code == Errc::invalid);
  CHECK(make({{"prepare", {"net\x1b"}}}).error().code == Errc::invalid);
  intent.command_line = "a='b'";
  const auto made = make({});
  REQUIRE(made);
  CHECK((*made)->arm(intent, in(1s), {}).error().code == Errc::invalid);
  CHECK(fs::is_empty(root()));
}

TEST_CASE("escape sequences are no text, also in two pieces") {
  PlainText text;
  for (const char c : std::string("\x1b[?25l\x1b[2;24HGNU\x1b(B GR\x1b[0;1mUB\r\n\x07\x1b"
                                  "cok"))
    text.feed({&c, 1});
  CHECK(text.text() == "GNU GRUB\nok");
}

TEST_CASE("a console that never stops costs no more than its end") {
  PlainText text;
  for (int i = 0; i < 100; ++i) text.feed(std::string(4096, 'x'));
  CHECK(text.text().size() == 64U << 10);
}
