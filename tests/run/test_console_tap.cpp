#include <condition_variable>
#include <deque>

#include <doctest/doctest.h>

#include "os/file.h"
#include "run/console_tap.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// A line that does what the test puts in, one thing a read, and then waits.
class Line : public SerialConsole, public LineCounters {
 public:
  void does(Result<std::string> next) {
    std::unique_lock lock(mutex_);
    script_.push_back(std::move(next));
    changed_.notify_all();
    changed_.wait(lock, [this] { return script_.empty() && waiting_; });
  }
  void count(const LineErrors& errors) {
    const std::lock_guard lock(mutex_);
    errors_ = errors;
  }

  Result<std::size_t> read(std::span<char> into, Deadline, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    if (!changed_.wait(lock, stop, [this] { return !script_.empty(); })) return Error{Errc::cancelled, ""};
    waiting_ = false;
    const Result<std::string> next = std::move(script_.front());
    script_.pop_front();
    if (!next) return next.error();
    return next->copy(into.data(), into.size());
  }
  Result<void> write(std::span<const char> bytes, Deadline, std::stop_token) override {
    written.assign(bytes.begin(), bytes.end());
    return {};
  }
  std::string describe() const override { return "line"; }
  Duration buffered() const override { return 50ms; }
  LineCounters* counters() override { return this; }
  std::optional<LineErrors> line_errors() override {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

  std::string written;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Result<std::string>> script_;
  bool waiting_ = false;
  std::optional<LineErrors> errors_;
};

struct Desk {
  std::string log() const { return read_file(file).value(); }

  ScratchDirectory scratch;
  std::filesystem::path file = scratch.path() / "console";
  FakeClock clock;
  Line line;
  ConsoleTap tap{line, clock};
};

const Error kGone{Errc::disconnected, "the adapter is gone"};

TEST_CASE_FIXTURE(Desk, "a recording has the bytes, and how long they took to come") {
  REQUIRE(tap.record(file).ok());
  line.does(std::string("boot\n"));
  clock.advance(1450ms);  // and 50 ms, for bytes to gather in what the line has
  line.does(std::string("done\n"));
  REQUIRE(tap.stop_recording().ok());
  line.does(std::string("later"));
  CHECK(log() == "boot\ndone\n");
  CHECK(read_file(file.string() + ".timing").value() == "0.000000 5\n1.500000 5\n");
}

TEST_CASE_FIXTURE(Desk, "what the reader writes goes to the line") {
  REQUIRE(tap.write(std::string_view("boot\r"), clock.now(), {}).ok());
  CHECK(line.written == "boot\r");
}

TEST_CASE_FIXTURE(Desk, "a gap is marked where it was, once, with its length") {
  REQUIRE(tap.record(file).ok());
  line.does(std::string("before"));
  line.does(kGone);
  clock.advance(2s);
  line.does(kGone);
  clock.advance(1s);
  line.does(std::string("after"));
  REQUIRE(tap.stop_recording().ok());
  CHECK(log() ==
        "before\n[rigbisect: gap: the adapter is gone]\n\n[rigbisect: end of the gap after 3.4 s]\nafter");
}

TEST_CASE_FIXTURE(Desk, "a line that is back and silent ends the gap") {
  REQUIRE(tap.record(file).ok());
  line.does(kGone);
  line.does(Error{Errc::timeout, "nothing"});
  tap.discard();
  CHECK(tap.next(clock.now(), {}).error().code == Errc::timeout);
  CHECK(log().ends_with("[rigbisect: end of the gap after 0.2 s]\n"));
}

TEST_CASE_FIXTURE(Desk, "a gap that lasts is told again to who starts anew") {
  line.does(kGone);
  tap.discard();
  CHECK(tap.next(clock.now(), {}).error() == kGone);
}

TEST_CASE_FIXTURE(Desk, "a stop ends the wait for bytes") {
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  CHECK(tap.next(Deadline::max(), source.get_token()).error().code == Errc::cancelled);
  CHECK(tap.next(Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

TEST_CASE_FIXTURE(Desk, "bytes end the wait for them") {
  std::jthread board([&] { line.does(std::string("boot")); });
  CHECK(tap.next(Deadline::max(), {})->bytes == "boot");
}

TEST_CASE_FIXTURE(Desk, "what the UART counted during the recording is told at its end") {
  line.count({.overruns = 5});
  REQUIRE(tap.record(file).ok());
  CHECK(tap.line_errors() == LineErrors{});
  line.count({.overruns = 7, .framing = 1});
  CHECK(tap.line_errors() == LineErrors{.overruns = 2, .framing = 1});
  REQUIRE(tap.stop_recording().ok());
  CHECK(log() ==
        "\n[rigbisect: the UART reports 2 overruns, 1 framing error: bytes of this log are missing or "
        "wrong]\n");
}

TEST_CASE_FIXTURE(Desk, "a UART that counted nothing, or cannot count, adds nothing") {
  REQUIRE(tap.record(file).ok());
  CHECK_FALSE(tap.line_errors().has_value());
  REQUIRE(tap.stop_recording().ok());
  line.count({.breaks = 3});
  REQUIRE(tap.record(file).ok());
  REQUIRE(tap.stop_recording().ok());
  CHECK(log().empty());
}

}  // namespace
}  // namespace rigbisect
