// virtual-rig: see README.md. The process that the user starts only guards: it forks the one that holds the
// shelf, so that whichever of the two is killed, the other clears up.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "orphans.h"
#include "os/real_clock.h"
#include "shelf.h"
#include "spawn.h"

namespace rigbisect::rig {
namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 125;  // as env(1) and timeout(1): we failed, not COMMAND
constexpr Duration kCommandGrace = std::chrono::seconds(10);
constexpr Duration kOrphansPoll = std::chrono::milliseconds(20);

struct Options {
  ShelfOptions shelf;
  bool keep_directory = false;
  std::vector<std::string> command;
};

int fail(const Error& error) {
  std::cerr << "virtual-rig: " << error.what << "\n";
  return kFailed;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

// The shelf and COMMAND, until COMMAND and all that it started have ended. A signal is passed on to COMMAND,
// which may still need the shelf to switch its machines off, and is killed if it takes longer than
// kCommandGrace; so does what it leaves behind.
class Session {
 public:
  Session(Loop& loop, Shelf& shelf) : loop_(loop), shelf_(shelf) {}

  Result<int> run(const std::vector<std::string>& command) {
    const sigset_t signals = stop_signals();
    signals_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.valid()) return errno_error("signalfd");
    Program program;
    program.argv = command;
    program.environment = environment();
    program.death_signal = SIGTERM;
    auto pid = spawn(program);
    if (!pid) return pid.error();
    pid_ = *pid;
    auto end = watch_process(pid_);
    if (!end) return end.error();
    if (auto ok = loop_.watch(end->get(), [this] { loop_.quit(); }); !ok) return ok.error();
    if (auto ok = loop_.watch(signals_.get(), [this] { pass_on(); }); !ok) return ok.error();
    loop_.run();
    loop_.unwatch(end->get());
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
    end_orphans();
    if (orphans_left_) loop_.run();
    loop_.unwatch(signals_.get());
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  std::vector<std::string> environment() const {
    std::vector<std::string> variables = shelf_.environment();
    const std::size_t own = variables.size();
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view variable = *entry;
      const std::string_view name = variable.substr(0, variable.find('=') + 1);
      const auto replaced =
          std::any_of(variables.begin(), variables.begin() + static_cast<std::ptrdiff_t>(own),
                      [&](const std::string& mine) { return mine.starts_with(name); });
      // TMPDIR is ours for the testbed (Testbed::create); COMMAND gets what we were given.
      if (!replaced && name != "TMPDIR=") variables.emplace_back(variable);
    }
    if (!caller_tmpdir_.empty()) variables.push_back("TMPDIR=" + caller_tmpdir_);
    return variables;
  }

  void pass_on() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      const int number = static_cast<int>(info.ssi_signo);
      if (ended_) continue;
      // Ctrl-C on the terminal has reached COMMAND by itself.
      if (info.ssi_code != SI_KERNEL) ::kill(pid_, number);
      if (!ending_) loop_.at(loop_.now() + kCommandGrace, [this] { kill_command(); });
      ending_ = true;
    }
  }

  void kill_command() const {
    if (!ended_) ::kill(pid_, SIGKILL);
  }

  void end_orphans() {
    orphans_left_ = orphans_.end(shelf_.processes(), loop_.now(), kCommandGrace);
    if (!orphans_left_) return loop_.quit();
    loop_.at(loop_.now() + kOrphansPoll, [this] { end_orphans(); });
  }

  Loop& loop_;
  Shelf& shelf_;
  Fd signals_;
  pid_t pid_ = 0;
  bool ending_ = false;
  bool ended_ = false;
  Orphans orphans_;
  bool orphans_left_ = false;

 public:
  std::string caller_tmpdir_;
};

int hold_shelf(const Options& options, const std::string& caller_tmpdir) {
  ::signal(SIGPIPE, SIG_IGN);
  Orphans::adopt();
  RealClock clock;
  auto loop = Loop::create(clock);
  if (!loop) return fail(loop.error());
  auto shelf = Shelf::create(**loop, clock, options.shelf);
  if (!shelf) return fail(shelf.error());
  Session session(**loop, **shelf);
  session.caller_tmpdir_ = caller_tmpdir;
  const auto status = session.run(options.command);
  if (!status) return fail(status.error());
  return *status;
}

int guard(pid_t holder) {
  const sigset_t signals = [] {
    sigset_t set = stop_signals();
    sigaddset(&set, SIGCHLD);
    return set;
  }();
  for (;;) {
    siginfo_t info{};
    if (::sigwaitinfo(&signals, &info) < 0) continue;
    if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL) ::kill(holder, info.si_signo);
    int status = 0;
    if (::waitpid(holder, &status, WNOHANG) == holder)
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

// What a holder that was killed left to us.
void end_orphans() {
  RealClock clock;
  Orphans orphans;
  while (orphans.end({}, clock.now(), kCommandGrace)) std::this_thread::sleep_for(kOrphansPoll);
}

void clear_up(const Options& options) {
  std::error_code ignored;                               // nothing more can be done at the end
  ::umount2(options.shelf.scratch.c_str(), MNT_DETACH);  // with the device nodes mounted below it
  fs::remove_all(options.shelf.scratch, ignored);
  fs::remove(options.shelf.directory / "control.sock", ignored);
  if (!options.keep_directory) fs::remove_all(options.shelf.directory, ignored);
}

Result<fs::path> temporary_directory(std::string pattern) {
  if (::mkdtemp(pattern.data()) == nullptr) return errno_error(pattern);
  return fs::path(pattern);
}

Result<void> make_directories(Options& options) {
  auto scratch = temporary_directory("/tmp/vrXXXXXX");
  if (!scratch) return scratch.error();
  options.shelf.scratch = *scratch;
  if (options.keep_directory) {
    std::error_code error;
    fs::create_directories(options.shelf.directory, error);
    if (!error) options.shelf.directory = fs::canonical(options.shelf.directory, error);
    if (error)
      return Error{Errc::io, fmt::format("{}: {}", options.shelf.directory.native(), error.message())};
    return {};
  }
  auto directory = temporary_directory("/tmp/virtual-rig.XXXXXX");
  if (!directory) return directory.error();
  options.shelf.directory = *directory;
  return {};
}

// On a file system that vanishes with our mount namespace, whatever happens to us.
Result<void> enter(const ShelfOptions& shelf) {
  if (auto ok = enter_namespaces(); !ok) return ok;
  if (::mount("testbed", shelf.scratch.c_str(), "tmpfs", 0, "mode=0755") != 0)
    return errno_error("mounting a tmpfs at " + shelf.scratch.native());
  return {};
}

int run_shelf(Options options) {
  // Blocked from here on and in both processes: none of them may end without clearing up.
  sigset_t signals = stop_signals();
  sigaddset(&signals, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  Orphans::adopt();
  const char* tmpdir = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): no thread yet
  const std::string caller_tmpdir = tmpdir != nullptr ? tmpdir : "";

  int status = kFailed;
  const pid_t self = ::getpid();
  if (auto ok = make_directories(options); !ok) {
    status = fail(ok.error());
  } else if (auto entered = enter(options.shelf); !entered) {
    status = fail(entered.error());
  } else if (const pid_t holder = ::fork(); holder == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != self) std::_Exit(kFailed);
    status = hold_shelf(options, caller_tmpdir);
    clear_up(options);  // here as well: the guard may be gone
    std::cout.flush();
    std::_Exit(status);  // umockdev's thread is still there
  } else if (holder < 0) {
    status = fail(errno_error("fork"));
  } else {
    status = guard(holder);
    end_orphans();
  }
  clear_up(options);
  return status;
}

int control(const std::string& socket, const std::vector<std::string>& words) {
  if (socket.empty()) {
    std::cerr << "virtual-rig: which shelf? Set RIG_CONTROL or give --socket\n";
    return 2;
  }
  const auto answer = ask_shelf(socket, words);
  if (!answer) {
    std::cerr << "virtual-rig: " << printable(answer.error().what) << "\n";
    return 1;
  }
  std::cout << *answer;
  return 0;
}

unsigned tty_number(const std::string& name) {
  return static_cast<unsigned>(std::stoul(name.substr(6)));
}

}  // namespace
}  // namespace rigbisect::rig

static int run(int argc, char** argv) {
  using namespace rigbisect::rig;
  CLI::App app{
      "A shelf of PCs in software: QEMU machines with real firmware, seen as USB serial adapters, a relay "
      "board "
      "and a network. Runs COMMAND in front of it."};
  Options options;
  std::string relay_name = "ttyUSB0";
  std::string directory;
  const std::map<std::string, MachineKind> kinds{
      {"bios", MachineKind::bios}, {"uefi", MachineKind::uefi}, {"disk", MachineKind::disk}};
  app.add_option("--rig", options.shelf.rigs, "A machine: bios, uefi or disk. Repeat it for more (at most 8)")
      ->transform(CLI::CheckedTransformer(kinds))
      ->allow_extra_args(false);
  app.add_option("-m,--memory", options.shelf.memory_mb, "Memory of each machine in MB")
      ->check(CLI::Range(64, 4096));
  app.add_option("--relay-port-name", relay_name, "Device name of the relay board")
      ->check([](const std::string& name) {
        const bool good = name.starts_with("ttyUSB") && name.size() > 6 && name.size() < 9 &&
                          name.find_first_not_of("0123456789", 6) == std::string::npos;
        return good ? std::string() : std::string("must be ttyUSB0 to ttyUSB99");
      });
  app.add_option("--dir", directory,
                 "Keep disks and logs here (default: a temporary directory, removed at the end)");
  app.add_option("COMMAND", options.command, "Program to run, and its arguments; write -- in front of it");
  app.positionals_at_end();

  std::string socket;
  std::vector<std::string> words;
  CLI::App* ctl = app.add_subcommand("ctl",
                                     "Ask a running shelf: status | fault RIG NAME [ARGUMENT] [LIMITS] | "
                                     "clear RIG | power RIG | list-faults");
  ctl->add_option("--socket", socket, "Its control socket")->envname("RIG_CONTROL");
  ctl->add_option("WORDS", words, "The request")->required();
  CLI11_PARSE(app, argc, argv);

  if (ctl->parsed()) return control(socket, words);
  if (options.shelf.rigs.empty() || options.shelf.rigs.size() > kMostRigs || options.command.empty()) {
    std::cerr << "virtual-rig: expected 1 to 8 --rig and a COMMAND; see --help\n";
    return kFailed;
  }
  options.shelf.relay_port = tty_number(relay_name);
  options.keep_directory = !directory.empty();
  options.shelf.directory = directory;
  return run_shelf(std::move(options));
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "virtual-rig: internal error: " << error.what() << "\n";
    return rigbisect::rig::kFailed;
  }
}
