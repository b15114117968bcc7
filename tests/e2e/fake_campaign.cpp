// A campaign as `rigbisect run` and `resume` do it - real run log, campaign, crew, workers and bench, real
// threads and time - on machines that answer in milliseconds. Made to be killed:
// tests/e2e/test_kill_and_resume.cpp.
//
//   fake-campaign DIRECTORY SEED     begins the campaign in DIRECTORY or goes on with it; prints the culprit
//
// The power state of each machine is in DIRECTORY/NAME.power and survives us, as that of a real machine does.
#include <charconv>
#include <cstdio>
#include <random>

#include "bisect/bisection.h"
#include "bisect/planner_classic.h"
#include "os/file.h"
#include "os/real_clock.h"
#include "run/campaign.h"
#include "run/real_crew.h"
#include "runlog/run_log.h"
#include "tests/fakes/fake_machine.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

constexpr int kCommits = 120;
constexpr int kCulprit = 77;
constexpr const char* kId = "fake-1";

std::string id_of(int number) {
  std::string digits = std::to_string(number);
  return std::string(40 - digits.size(), '0') + digits;
}

int number_of(const std::string& id) {
  const auto first = id.find_first_not_of('0');
  int number = 0;
  std::from_chars(id.data() + first, id.data() + id.size(), number);
  return number;
}

std::vector<Commit> history() {
  std::vector<Commit> commits;
  for (int i = 1; i <= kCommits; ++i) {
    Commit commit{id_of(i), {}, "commit " + std::to_string(i), i, {}};
    if (i > 1) commit.parents.push_back(id_of(i - 1));
    if (i % 10 == 0) commit.parents.push_back(id_of(i - 5));
    commits.push_back(commit);
  }
  return commits;
}

// One kernel is a file with its commit's name in it.
class FakeBuilder : public KernelBuilder {
 public:
  explicit FakeBuilder(std::filesystem::path directory) : directory_(std::move(directory)) {}

  Result<KernelBuild> build(const std::string& commit, const BuildProgress&, std::stop_token) override {
    const int number = number_of(commit);
    if (number >= 60 && number <= 63) return KernelBuild{KernelBroken{"ring.c:1: error: broken", {}, "gcc"}};
    const auto kernel = directory_ / (commit + ".kernel");
    if (auto written = write_file_atomically(kernel, commit); !written) return written.error();
    return KernelBuild{KernelImage{kernel, {}, {}, "6.1.0-test", "abcdef", commit, "gcc", false, {}}};
  }
  Result<std::optional<KernelBuild>> find(const std::string&, std::stop_token) override {
    return std::optional<KernelBuild>{};
  }

 private:
  std::filesystem::path directory_;
};

// A machine in real time, behind the three device interfaces.
class Machine : public PowerSwitch, public SerialConsole, public BootMedium {
 public:
  Machine(std::filesystem::path power_file, unsigned seed, Clock& clock)
      : power_file_(std::move(power_file)), random_(seed), clock_(clock) {}

  Result<void> set(Power wanted, Deadline, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (auto written = write_file_atomically(power_file_, to_string(wanted)); !written) return written;
    script_ = {};
    next_ = 0;
    if (wanted == Power::on && armed_) script_ = boot();
    on_at_ = clock_.now();
    return {};
  }
  Result<std::optional<Power>> state(Deadline, std::stop_token) override { return std::optional<Power>{}; }

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (next_ < script_.console.size() &&
            on_at_ + script_.console[next_].after_power_on <= clock_.now()) {
          const std::string& bytes = script_.console[next_++].bytes;
          const std::size_t count = std::min(bytes.size(), into.size());
          std::copy_n(bytes.begin(), count, into.begin());
          return count;
        }
      }
      if (clock_.now() >= deadline) return Error{Errc::timeout, "nothing"};
      if (!clock_.sleep_until(std::min(deadline, clock_.now() + 1ms), stop))
        return Error{Errc::cancelled, "stopped"};
    }
  }
  Result<void> write(std::span<const char>, Deadline, std::stop_token) override { return {}; }
  std::string describe() const override { return "fake"; }

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    intent_ = intent;
    armed_ = true;
    return {};
  }
  Result<void> disarm() override {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    return {};
  }
  std::vector<BootStage> timeline() const override { return {}; }
  std::string diagnose() const override { return ""; }

 private:
  FakeMachine::Boot boot() {
    const auto kernel = read_file(intent_.kernel);
    const auto initramfs = read_file(intent_.initramfs);
    if (!kernel || !initramfs) return {};
    const auto key = initramfs->find("nonce=");
    if (key == std::string::npos) return {};
    BootScript script(initramfs->substr(key + 6, 16));
    script.say(0, "firmware\r\n")
        .say(1, "[    0.000000] Linux version 6.1.0-test\r\n")
        .hello(2)
        .mark(3, "start", "1");
    const bool bad = number_of(*kernel) >= kCulprit;
    if (bad && random_() % 10 < 6) {
      return script.say(4,
                        "[    1.000000] BUG: KASAN: use-after-free in ring_read+0x2a/0x3c\r\n"
                        "[    1.000000] Read of size 8 at addr ffff888003a4f028 by task reproducer/23\r\n"
                        "[    1.000000] Call Trace:\r\n[    1.000000]  dump_stack_lvl+0x34/0x44\r\n"
                        "[    1.000000]  kasan_report+0xa2/0x130\r\n[    1.000000]  ring_read+0x2a/0x3c\r\n"
                        "[    1.000000]  vfs_read+0x11a/0x4a0\r\n[    1.000000]  ksys_read+0xb9/0x150\r\n"
                        "[    1.000000]  do_syscall_64+0x3a/0x90\r\n");
    }
    return script.mark(6, "done", "1");
  }

  std::filesystem::path power_file_;
  std::mt19937 random_;
  Clock& clock_;
  std::mutex mutex_;
  BootIntent intent_;
  bool armed_ = false;
  TimePoint on_at_;
  FakeMachine::Boot script_;
  std::size_t next_ = 0;
};

// The machine is one object with three owners.
class PowerFace : public PowerSwitch {
 public:
  explicit PowerFace(std::shared_ptr<Machine> machine) : machine_(std::move(machine)) {}
  Result<void> set(Power wanted, Deadline deadline, std::stop_token stop) override {
    return machine_->set(wanted, deadline, stop);
  }
  Result<std::optional<Power>> state(Deadline deadline, std::stop_token stop) override {
    return machine_->state(deadline, stop);
  }

 private:
  std::shared_ptr<Machine> machine_;
};

class ConsoleFace : public SerialConsole {
 public:
  explicit ConsoleFace(std::shared_ptr<Machine> machine) : machine_(std::move(machine)) {}
  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    return machine_->read(into, deadline, stop);
  }
  Result<void> write(std::span<const char>, Deadline, std::stop_token) override { return {}; }
  std::string describe() const override { return "fake"; }
  Duration buffered() const override { return {}; }

 private:
  std::shared_ptr<Machine> machine_;
};

class MediumFace : public BootMedium {
 public:
  explicit MediumFace(std::shared_ptr<Machine> machine) : machine_(std::move(machine)) {}
  Result<void> arm(const BootIntent& intent, Deadline deadline, std::stop_token stop) override {
    return machine_->arm(intent, deadline, stop);
  }
  Result<void> disarm() override { return machine_->disarm(); }
  std::vector<BootStage> timeline() const override { return {}; }
  std::string diagnose() const override { return ""; }

 private:
  std::shared_ptr<Machine> machine_;
};

OpenBoard open_machine(const std::filesystem::path& directory, const Board& board, unsigned seed,
                       Clock& clock) {
  auto machine = std::make_shared<Machine>(directory / (board.name + ".power"), seed, clock);
  return {std::make_unique<PowerFace>(machine), std::make_unique<ConsoleFace>(machine),
          std::make_unique<MediumFace>(machine)};
}

Board fast_board(const std::string& name) {
  Board board;
  board.name = name;
  board.timings.off = 1ms;
  board.timings.quiet = 3ms;
  board.timings.residue = 0ms;
  board.timings.backoff = 1ms;
  board.off_proof.console_silent = {};  // a second and a half for each of thousands of runs
  return board;
}

class Silent : public CampaignObserver {
 public:
  void started(const Task&) override {}
  void recorded(const Event&) override {}
  void told(const std::vector<story::Item>&, std::size_t) override {}
  void stands(const Standing&) override {}
};

Result<Bisection> begin() {
  auto graph = CommitGraph::make(history());
  if (!graph) return graph.error();
  Goal goal;
  goal.bad = id_of(kCommits);
  goal.bad_name = "bad";
  goal.good = id_of(1);
  goal.good_name = "good";
  goal.runs = 12;
  goal.run_time = 4ms;
  return Bisection::make(std::make_shared<const CommitGraph>(std::move(*graph)), goal,
                         std::make_unique<ClassicPlanner>());
}

int fail(const Error& error) {
  std::fprintf(stderr, "fake-campaign: %s\n", error.what.c_str());
  return 1;
}

int run(const std::filesystem::path& directory, unsigned seed) {
  RealClock clock;
  auto log = RunLog::open(directory / "lab");
  if (!log) return fail(log.error());
  if (!(*log)->header(kId)) {
    if (auto made = (*log)->create({kId, "", "", {}, id_of(kCommits), id_of(1), {}, 1}); !made)
      return fail(made.error());
  }
  auto lock = (*log)->lock(kId);
  if (!lock) return fail(lock.error());
  auto bisection = begin();
  if (!bisection) return fail(bisection.error());
  auto events = (*log)->events(kId);
  if (!events) return fail(events.error());
  for (const auto& logged : *events) bisection->record(logged.event);

  const auto runs = (*log)->artefacts(kId) / "runs";
  if (auto made = make_directories(runs); !made) return fail(made.error());
  FakeBuilder builder(directory);
  KernelStore kernels(builder);
  const unsigned char init[] = {'x'};
  RunPreparer preparer({init, {{}, {"/rigbisect/reproducer"}}, false, "", runs}, kernels);
  EventQueue queue;
  const std::vector<Board> boards{fast_board("one"), fast_board("two")};
  std::vector<std::unique_ptr<BoardWorker>> workers;
  for (const Board& board : boards) {
    seed = seed * 31 + 7;
    workers.push_back(std::make_unique<BoardWorker>(
        board, open_machine(directory, board, seed, clock),
        [&](const Board& again) { return Result<OpenBoard>(open_machine(directory, again, seed, clock)); },
        preparer, clock, queue, nullptr));
  }
  RealCrew crew(queue, std::make_unique<BuildWorker>(kernels, clock, queue, nullptr), std::move(workers));
  Silent observer;
  Campaign campaign(
      *bisection, crew, [&](const Event& event) { return (*log)->append(kId, event, clock.wall().count()); },
      observer);
  auto end = campaign.run({});
  for (const Error& error : crew.shut_down()) return fail(error);
  if (!end) return fail(end.error());
  const auto* culprit = std::get_if<story::Culprit>(&bisection->story().back());
  std::printf("%d\n", culprit == nullptr ? 0 : number_of(culprit->commit));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail({Errc::invalid, "usage: fake-campaign DIRECTORY SEED"});
  return run(argv[1], static_cast<unsigned>(std::atoi(argv[2])));
}
