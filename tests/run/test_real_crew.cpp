#include <doctest/doctest.h>

#include "run/real_crew.h"
#include "tests/fakes/fake_machine.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

class NoBuilder : public KernelBuilder {
 public:
  Result<KernelBuild> build(const std::string&, const BuildProgress&, std::stop_token) override {
    throw std::runtime_error("not today");
  }
  Result<std::optional<KernelBuild>> find(const std::string&, std::stop_token) override {
    return std::optional<KernelBuild>{};
  }
};

// A console that never says anything; waits for the stop in real time.
class SilentConsole : public SerialConsole {
 public:
  Result<std::size_t> read(std::span<char>, Deadline, std::stop_token stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return Error{Errc::cancelled, "stopped"};
  }
  Result<void> write(std::span<const char>, Deadline, std::stop_token) override { return {}; }
  std::string describe() const override { return "silent"; }
};

struct Lab {
  FakeClock clock;
  FakeMachine machine{clock};
  EventQueue events;
  NoBuilder builder;
  KernelStore kernels{builder};
  ScratchDirectory scratch;
  RunPreparer preparer{RunSetup{{}, {}, false, "", scratch.path()}, kernels};
  Board board = [] {
    Board made;
    made.name = "fake-1";
    made.timings.retries = 0;
    made.off_proof.console_silent = {};  // the tap waits in real time, and the clock here is a fake
    return made;
  }();

  std::unique_ptr<RealCrew> crew() {
    const BoardOpener opener = [](const Board&) -> Result<OpenBoard> {
      return Error{Errc::not_found, "the adapter is not there"};
    };
    std::vector<std::unique_ptr<BoardWorker>> boards;
    boards.push_back(std::make_unique<BoardWorker>(
        board,
        OpenBoard{std::make_unique<FakePower>(machine), std::make_unique<SilentConsole>(),
                  std::make_unique<FakeMedium>(machine)},
        opener, preparer, clock, events, nullptr));
    return std::make_unique<RealCrew>(events, std::make_unique<BuildWorker>(kernels, clock, events, nullptr),
                                      std::move(boards));
  }
  // The next event; nudges are passed over.
  Event next(RealCrew& crew) {
    for (;;) {
      auto event = crew.wait({});
      REQUIRE(event);
      if (*event) return **event;
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Lab, "why the last board was set aside is read before the campaign may end") {
  machine.relay_stuck = true;
  const auto all = crew();
  CHECK(all->has_board());
  const Event event = next(*all);
  REQUIRE(std::holds_alternative<BoardSetAside>(event));
  CHECK(std::get<BoardSetAside>(event).error.what.find("does not follow") != std::string::npos);
  while (all->has_board()) REQUIRE(all->wait({}));
  CHECK(all->shut_down().size() == 1);
}

TEST_CASE_FIXTURE(Lab, "nothing is idle while an event waits, so no task is planned twice") {
  RealCrew alone(events, std::make_unique<BuildWorker>(kernels, clock, events, nullptr), {});
  CHECK(alone.capacity().idle_build_slots == 1);
  events.push(BuildEnded{"1234", BuildFailed{"broken"}, "gcc", 1s});
  CHECK(alone.capacity().idle_build_slots == 0);
  CHECK(std::holds_alternative<BuildEnded>(next(alone)));
  CHECK(alone.capacity().idle_build_slots == 1);
}

TEST_CASE_FIXTURE(Lab, "a builder that throws is a fault of the build, and the store goes on") {
  const auto all = crew();
  for (int time = 1; time <= 2; ++time) {
    while (all->capacity().idle_build_slots == 0) REQUIRE(all->wait({}));
    all->start(BuildTask{"1234"});
    const Event event = next(*all);
    REQUIRE(std::holds_alternative<BuildEnded>(event));
    const auto* fault = std::get_if<BuildFault>(&std::get<BuildEnded>(event).outcome);
    REQUIRE(fault != nullptr);
    CHECK(fault->error.what.find("not today") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Lab, "options that vanished are told once, the log of a failed build each time") {
  struct Builder : NoBuilder {
    Result<KernelBuild> build(const std::string& commit, const BuildProgress&, std::stop_token) override {
      if (commit == "broken") return KernelBuild{KernelBroken{"x.c:1: error", "/logs/broken.log", "gcc"}};
      KernelImage image;
      image.vanished = {"CONFIG_KASAN=y"};
      return KernelBuild{image};
    }
  } real;
  KernelStore store(real);
  std::vector<std::string> notes;
  BuildWorker worker(store, clock, events, nullptr, [&](const std::string& line) { notes.push_back(line); });
  for (const std::string commit : {"one", "two", "broken"}) {
    worker.start(BuildTask{commit});
    while (worker.task()) REQUIRE(events.pop({}));
  }
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("CONFIG_KASAN=y") != std::string::npos);
  CHECK(notes[1].find("/logs/broken.log") != std::string::npos);
}

TEST_CASE_FIXTURE(Lab, "a kernel that an earlier process built does not wait for the one that is built now") {
  struct Builder : NoBuilder {
    Result<KernelBuild> build(const std::string& commit, const BuildProgress&,
                              std::stop_token stop) override {
      std::unique_lock lock(mutex);
      building = true;
      changed.notify_all();
      changed.wait(lock, stop, [&] { return finish; });
      return KernelBuild{image_of(commit)};
    }
    Result<std::optional<KernelBuild>> find(const std::string& commit, std::stop_token) override {
      if (commit != "old") return std::optional<KernelBuild>{};
      return std::optional<KernelBuild>{image_of(commit)};
    }
    static KernelImage image_of(const std::string& commit) {
      KernelImage image;
      image.kernel = commit;
      return image;
    }
    std::mutex mutex;
    std::condition_variable_any changed;
    bool building = false;
    bool finish = false;
  } slow;
  KernelStore store(slow);
  const auto kernel = [&store](const std::string& commit) {
    const auto got = store.get(commit, {}, {});
    return got ? std::get<KernelImage>(*got).kernel.native() : got.error().what;
  };
  std::string ahead;
  std::jthread building([&] { ahead = kernel("new"); });
  std::unique_lock lock(slow.mutex);
  slow.changed.wait(lock, [&] { return slow.building; });
  lock.unlock();
  CHECK(kernel("old") == "old");
  lock.lock();
  slow.finish = true;
  slow.changed.notify_all();
  lock.unlock();
  building.join();
  CHECK(ahead == "new");
}

TEST_CASE_FIXTURE(Lab, "crash reports get their positions from the vmlinux of the kernel that ran") {
  std::filesystem::path asked;
  RunSetup setup{{}, {}, false, "", scratch.path()};
  setup.symbolize = [&asked](const std::filesystem::path& vmlinux, std::vector<CrashReport>& reports) {
    asked = vmlinux;
    for (auto& report : reports) report.guilty_file = "drivers/misc/ring.c";
  };
  const RunPreparer with_symbols(std::move(setup), kernels);
  const Crashed crashed{{CrashReport{}}, 1s};
  const auto outcome = with_symbols.with_positions({{}, {}, "/cache/1234/vmlinux"}, crashed);
  CHECK(asked == "/cache/1234/vmlinux");
  CHECK(std::get<Crashed>(outcome).reports[0].guilty_file == "drivers/misc/ring.c");
  CHECK(with_symbols.with_positions({{}, {}, ""}, crashed) == RunOutcome{crashed});
  CHECK(preparer.with_positions({{}, {}, "/cache/1234/vmlinux"}, crashed) == RunOutcome{crashed});
}

TEST_CASE_FIXTURE(Lab, "a run that this host cannot prepare ends the campaign and is no fault of the board") {
  const auto all = crew();
  while (all->capacity().idle_boards.empty()) REQUIRE(all->wait({}));
  all->start(RunTask{"1234", "fake-1", 1s, {}});
  Result<std::optional<Event>> last = std::optional<Event>{};
  while (last && !*last) last = all->wait({});
  REQUIRE_FALSE(last);
  CHECK(last.error().what.find("not today") != std::string::npos);
  CHECK(all->has_board());
  CHECK(all->shut_down().empty());
  CHECK_FALSE(machine.on);
}
