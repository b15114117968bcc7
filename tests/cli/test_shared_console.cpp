#include <array>
#include <string>

#include <doctest/doctest.h>

#include "cli/shared_console.h"
#include "tests/cli/fake_devices.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

struct Desk {
  ScratchDirectory scratch;
  std::filesystem::path socket = scratch.path() / "nuc-1.console";
  std::unique_ptr<SerialConsole> watcher = watch_console(socket, "nuc-1");

  static std::string read(SerialConsole& console) {
    std::array<char, 256> buffer{};
    const auto count = console.read(buffer, TimePoint{}, {});  // long past: what is there
    return count ? std::string(buffer.data(), *count) : "ERROR " + count.error().what;
  }
};

TEST_CASE_FIXTURE(Desk, "who watches a console sees what its user reads, from one user to the next") {
  CHECK(read(*watcher) == "ERROR nobody has the console of board nuc-1 open now");
  for (int user = 0; user < 2; ++user) {
    auto broadcast = LocalBroadcast::create(socket);
    REQUIRE(broadcast);
    auto scripted = std::make_unique<ScriptedConsole>();
    scripted->says(std::string("early "));
    scripted->says(Error{Errc::timeout, "nothing"});
    scripted->says(std::string("late"));
    const auto console = share_console(std::move(scripted), broadcast->get());
    CHECK(read(*console) == "early ");
    CHECK(read(*watcher) == "ERROR nothing happened in time");
    CHECK(read(*console) == "ERROR nothing");
    CHECK(read(*watcher) == "early ");
    CHECK(read(*console) == "late");
    CHECK(read(*watcher) == "late");
    broadcast->reset();
    CHECK(read(*watcher) == "ERROR nobody has the console of board nuc-1 open now");
  }
}

TEST_CASE_FIXTURE(Desk, "who watches does not write; who shares writes as before") {
  const auto refused = watcher->write(std::string_view("reboot\n"), TimePoint{}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);

  auto broadcast = LocalBroadcast::create(socket);
  REQUIRE(broadcast);
  auto scripted = std::make_unique<ScriptedConsole>();
  ScriptedConsole& line = *scripted;
  const auto console = share_console(std::move(scripted), broadcast->get());
  CHECK(console->write(std::string_view("h"), TimePoint{}, {}));
  REQUIRE(console->break_sender() != nullptr);
  CHECK(line.wait_for_written(1) == "h");
  CHECK(console->describe() == "scripted console");
}

TEST_CASE("without a lease a console is nobody else's") {
  auto scripted = std::make_unique<ScriptedConsole>();
  const SerialConsole* as_it_is = scripted.get();
  CHECK(share_console(std::move(scripted), nullptr).get() == as_it_is);
}

}  // namespace
}  // namespace rigbisect
