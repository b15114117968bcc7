#include <array>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/console_input.h"
#include "live_log.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace rigbisect::test;
namespace fs = std::filesystem;

namespace {

// What an input tells until its end or a stop: bytes as they are, the rest as words in brackets.
std::string told_by(ConsoleInput& input, std::stop_token stop = {}) {
  std::string told;
  for (;;) {
    const auto piece = input.next(stop);
    if (!piece) return told + "[" + to_string(piece.error().code) + "]";
    switch (piece->kind) {
      case ConsolePiece::Kind::bytes:
        told += piece->bytes;
        break;
      case ConsolePiece::Kind::quiet:
        told += "[quiet]";
        break;
      case ConsolePiece::Kind::restarted:
        told += "[restarted]";
        break;
      case ConsolePiece::Kind::end:
        return told + "[end]";
    }
  }
}

std::string follow(const fs::path& file, std::vector<ScriptedClock::Step> steps) {
  ScriptedClock clock(std::move(steps));
  auto fd = open_console_log(file);
  REQUIRE(fd);
  return told_by(*followed_file(file, std::move(*fd), clock), clock.token());
}

std::string refusal(const fs::path& file) {
  const auto fd = open_console_log(file);
  return fd ? "" : fd.error().what;
}

struct Log {
  ScratchDirectory scratch;
  fs::path file = scratch.path() / "console.log";
  ScriptedClock::Step add(const std::string& bytes) {
    return [this, bytes] { append_to(file, bytes); };
  }
  ScriptedClock::Step nothing() {
    return [] {};
  }
};

}  // namespace

TEST_CASE("a file is read to its end") {
  Log log;
  const std::string bytes(1'000'000, 'x');
  replace(log.file, bytes);
  auto fd = open_console_log(log.file);
  REQUIRE(fd);
  CHECK(told_by(*whole_input(fd->get())) == bytes + "[end]");
}

TEST_CASE("a FIFO without a writer is opened at once and waited for") {
  Log log;
  REQUIRE(::mkfifo(log.file.c_str(), 0600) == 0);
  auto fd = open_console_log(log.file);
  REQUIRE(fd);
  std::jthread writer([&] { append_to(log.file, "one\ntwo\n"); });
  CHECK(told_by(*live_input(fd->get())) == "one\ntwo\n[end]");
}

TEST_CASE("a stop ends the wait for a writer") {
  Log log;
  REQUIRE(::mkfifo(log.file.c_str(), 0600) == 0);
  auto fd = open_console_log(log.file);
  REQUIRE(fd);
  std::stop_source stop;
  stop.request_stop();
  CHECK(told_by(*whole_input(fd->get()), stop.get_token()) == "[cancelled]");
}

TEST_CASE("what is no log is refused with what to do") {
  Log log;
  CHECK(refusal(log.file).find("No such file") != std::string::npos);
  CHECK(refusal("/") == "is a directory; name the logs in it");
  CHECK(refusal("/dev/null") == "is a device; pipe a live line in with --follow -");
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  log.file.native().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(refusal(log.file) == "is a socket; pipe its data in through standard input");
}

TEST_CASE("a followed file is told from its beginning and as it grows") {
  Log log;
  replace(log.file, "old\n");
  CHECK(follow(log.file, {log.add("new"), log.nothing(), log.add(" line\n")}) ==
        "old\nnew line\n[cancelled]");
}

TEST_CASE("a silence is told once until something comes") {
  Log log;
  replace(log.file, "a");
  std::vector<ScriptedClock::Step> steps(60, log.nothing());
  steps.push_back(log.add("b"));
  steps.insert(steps.end(), 60, log.nothing());
  CHECK(follow(log.file, steps) == "a[quiet]b[quiet][cancelled]");
}

TEST_CASE("a log that is rotated away is followed by the one in its place") {
  Log log;
  replace(log.file, "a");
  const auto rotated = log.scratch.path() / "console.log.1";
  CHECK(follow(log.file, {[&] { fs::rename(log.file, rotated); }, [&] { append_to(rotated, "late"); },
                          log.nothing(), log.add("fresh")}) == "alate[restarted]fresh[cancelled]");
}

TEST_CASE("a truncated log is told again from its start") {
  Log log;
  replace(log.file, "a long line\n");
  CHECK(follow(log.file, {[&] { replace(log.file, "b\n"); }}) == "a long line\n[restarted]b\n[cancelled]");
}
