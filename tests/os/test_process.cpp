#include <csignal>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "os/process.h"
#include "os/real_clock.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

Result<Finished> shell(const std::string& script, const RunOptions& options = {}) {
  RealClock clock;
  return run_command({.argv = {"sh", "-c", script}}, options, clock);
}

bool no_children_left() {
  return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

// True once the process is gone or a zombie of someone else. Killed processes vanish a moment after kill()
// returns.
bool goes_away(const std::string& pid) {
  RealClock clock;
  for (const TimePoint give_up = clock.now() + 5s; clock.now() < give_up; std::this_thread::yield()) {
    const auto stat = read_file("/proc/" + pid + "/stat");
    if (!stat || stat->find(") Z") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a command's output and exit status come back") {
  const auto done = shell("echo out; echo err >&2; exit 3");
  REQUIRE(done.ok());
  CHECK(done->output == "out\nerr\n");
  CHECK(done->exit_code == 3);
  CHECK_FALSE(done->ok());
  CHECK(done->describe() == "exit status 3");
  CHECK(no_children_left());
}

TEST_CASE("a command killed by a signal says so") {
  const auto done = shell("kill -11 $$");
  REQUIRE(done.ok());
  CHECK(done->signal == 11);
  CHECK(done->exit_code == 139);
  CHECK(done->describe() == "killed by signal 11");
}

TEST_CASE("a missing program, directory or permission is an error that names it") {
  RealClock clock;
  const auto program = run_command({.argv = {"no-such-program-of-ours"}}, {}, clock);
  REQUIRE_FALSE(program.ok());
  CHECK(program.error() ==
        Error{Errc::not_found, "the program 'no-such-program-of-ours' is not in PATH: is it installed?"});
  const auto directory = run_command({.argv = {"true"}, .directory = "/no/such/dir"}, {}, clock);
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.error() ==
        Error{Errc::not_found, "cannot change to the directory /no/such/dir: No such file or directory"});
  const auto denied = run_command({.argv = {"/etc/passwd"}}, {}, clock);
  REQUIRE_FALSE(denied.ok());
  CHECK(denied.error() == Error{Errc::denied, "cannot run /etc/passwd: Permission denied"});
  CHECK_FALSE(run_command({}, {}, clock).ok());
  CHECK_FALSE(find_program("no-such-program-of-ours").ok());
  CHECK(find_program("sh").ok());
  CHECK(no_children_left());
}

TEST_CASE("the child sees only the environment, descriptors and signals it should") {
  ::setenv("RIGBISECT_LEAK", "1", 1);
  ::setenv("MAKEFLAGS", "-j9", 1);
  Fd inherited(::dup(0));
  ::signal(SIGPIPE, SIG_IGN);
  const auto done =
      shell("env | cut -d= -f1 | sort; ls /proc/self/fd | wc -l; grep -E 'SigIgn|SigBlk' /proc/self/status");
  ::signal(SIGPIPE, SIG_DFL);
  ::unsetenv("MAKEFLAGS");
  REQUIRE(done.ok());
  CHECK(done->output.find("RIGBISECT_LEAK") == std::string::npos);
  CHECK(done->output.find("MAKEFLAGS") == std::string::npos);
  CHECK(done->output.find("PATH") != std::string::npos);
  CHECK(done->output.find("\n4\n") != std::string::npos);  // 0, 1, 2 and ls's own
  CHECK(done->output.find("SigBlk:\t0000000000000000") != std::string::npos);
  CHECK(done->output.find("SigIgn:\t0000000000000000") != std::string::npos);

  RealClock clock;
  const auto given =
      run_command({.argv = {"env"}, .environment = {{{"PATH", "/usr/bin"}, {"A", "b c"}}}}, {}, clock);
  CHECK(given->output == "A=b c\nPATH=/usr/bin\n");
}

TEST_CASE("standard input is fed and closed") {
  RealClock clock;
  const std::string text(1 << 20, 'x');
  const auto done = run_command({.argv = {"wc", "-c"}, .standard_input = text}, {}, clock);
  CHECK(done->output == "1048576\n");
  CHECK(run_command({.argv = {"true"}, .standard_input = text}, {}, clock)->ok());
  CHECK(run_command({.argv = {"cat"}}, {}, clock)->output.empty());
}

TEST_CASE("output is bounded to its tail and passed on as it comes") {
  std::size_t seen = 0;
  const auto done =
      shell("yes 0123456 | head -c 1000000; echo END",
            {.max_output = 1000, .on_output = [&](std::string_view piece) { seen += piece.size(); }});
  REQUIRE(done.ok());
  CHECK(done->output.size() == 1000);
  CHECK(done->output.ends_with("END\n"));
  CHECK(seen == 1'000'004);
}

TEST_CASE("at the deadline the whole group goes, grandchildren too") {
  RealClock clock;
  std::string pids;
  const auto done =
      shell("sleep 100 & echo $!; sleep 100 & echo $!; wait",
            {.deadline = clock.now() + 500ms, .on_output = [&](std::string_view piece) { pids += piece; }});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error() == Error{Errc::timeout, "sh: it did not end in time"});
  REQUIRE(pids.find('\n') != std::string::npos);
  CHECK(goes_away(pids.substr(0, pids.find('\n'))));
  CHECK(no_children_left());
}

TEST_CASE("a stop ends a command at once, even one that has closed its output") {
  RealClock clock;
  std::stop_source source;
  const TimePoint began = clock.now();
  const auto done =
      shell("echo ready; exec >&- 2>&-; exec sleep 100",
            {.stop = source.get_token(), .on_output = [&](std::string_view) { source.request_stop(); }});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error() == Error{Errc::cancelled, "sh: stopped"});
  CHECK(clock.now() - began < 1s);
  CHECK(no_children_left());
  CHECK(shell("true", {.stop = source.get_token()}).error().code == Errc::cancelled);
}

TEST_CASE("what a command leaves in the background does not outlive it or hold us up") {
  RealClock clock;
  const TimePoint began = clock.now();
  const auto done = shell("sleep 100 & echo $!");
  REQUIRE(done.ok());
  CHECK(done->ok());
  CHECK(clock.now() - began < 5s);
  CHECK(goes_away(done->output.substr(0, done->output.find('\n'))));
}

TEST_CASE("a program's group dies with us even after kill -9") {
  int report[2];
  REQUIRE(::pipe(report) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    const auto done = shell("sleep 100 & echo $!; wait", {.on_output = [&](std::string_view piece) {
                              if (::write(report[1], piece.data(), piece.size()) > 0)
                                ::kill(::getpid(), SIGKILL);
                            }});
    ::_exit(done.ok() ? 1 : 2);
  }
  ::close(report[1]);
  char text[16] = {};
  REQUIRE(::read(report[0], text, sizeof text - 1) > 0);
  ::close(report[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WIFSIGNALED(status));
  const std::string grandchild(text);
  CHECK(goes_away(grandchild.substr(0, grandchild.find('\n'))));
}
