#include "simulated_lab.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

namespace rigbisect {
namespace {

class Crew {
 public:
  Crew(Bisection& bisection, const SimulatedLab& lab) : bisection_(bisection), lab_(lab), dice_(lab.seed) {
    for (const Event& event : lab.known) {
      const auto* build = std::get_if<BuildEnded>(&event);
      if (build != nullptr && std::holds_alternative<Built>(build->outcome)) built_.insert(build->commit);
    }
    for (int i = 0; i < lab.boards; ++i) idle_.push_back("board-" + std::to_string(i));
  }

  SimulatedCampaign run() {
    while (!bisection_.finished()) {
      cancel_obsolete();
      start();
      REQUIRE_MESSAGE(!in_flight_.empty(), "the bisection waits for nothing");
      REQUIRE(campaign_.events.size() < lab_.most_events);
      const auto at = static_cast<std::ptrdiff_t>(dice_.below(in_flight_.size()));
      const Task task = in_flight_[static_cast<std::size_t>(at)];
      in_flight_.erase(in_flight_.begin() + at);
      const Event event = std::visit([this](const auto& work) { return finish(work); }, task);
      campaign_.events.push_back(event);
      bisection_.record(event);
    }
    CHECK(bisection_.plan(capacity()).empty());
    return campaign_;
  }

 private:
  Capacity capacity() const {
    const auto building = std::count_if(in_flight_.begin(), in_flight_.end(), [](const Task& task) {
      return std::holds_alternative<BuildTask>(task);
    });
    return {idle_, lab_.build_slots - static_cast<int>(building), in_flight_};
  }

  void cancel_obsolete() {
    std::erase_if(in_flight_, [this](const Task& task) {
      if (!bisection_.obsolete(task)) return false;
      if (const auto* run = std::get_if<RunTask>(&task)) idle_.push_back(run->board);
      ++campaign_.cancelled;
      return true;
    });
  }

  void start() {
    const Capacity now = capacity();
    int slots = now.idle_build_slots;
    for (const Task& task : bisection_.plan(now)) {
      CHECK(!bisection_.obsolete(task));
      if (const auto* run = std::get_if<RunTask>(&task)) {
        REQUIRE(built_.contains(run->commit));
        REQUIRE(std::erase(idle_, run->board) == 1);
      } else {
        REQUIRE(std::find(in_flight_.begin(), in_flight_.end(), task) == in_flight_.end());
        REQUIRE(--slots >= 0);
      }
      in_flight_.push_back(task);
    }
  }

  Event finish(const BuildTask& task) {
    ++campaign_.builds;
    BuildOutcome outcome = lab_.build(task.commit);
    if (std::holds_alternative<Built>(outcome)) REQUIRE(built_.insert(task.commit).second);
    return BuildEnded{task.commit, std::move(outcome), "gcc", std::chrono::seconds(320)};
  }

  Event finish(const RunTask& task) {
    ++campaign_.runs;
    idle_.push_back(task.board);
    return RunEnded{task.commit, task.board, lab_.run(task.commit, dice_), std::chrono::seconds(60), ""};
  }

  Bisection& bisection_;
  const SimulatedLab& lab_;
  Dice dice_;
  std::vector<std::string> idle_;
  std::vector<Task> in_flight_;
  std::set<CommitId> built_;
  SimulatedCampaign campaign_;
};

CrashReport report(const std::string& title, const std::string& type, const std::string& frame) {
  CrashReport report;
  report.title = title;
  report.type = type;
  report.frame = frame;
  report.report = title + "\n";
  return report;
}

}  // namespace

SimulatedCampaign carry_out(Bisection& bisection, const SimulatedLab& lab) {
  return Crew(bisection, lab).run();
}

CrashReport the_bug() {
  return report("KASAN: use-after-free Read in ring_read", "KASAN-USE-AFTER-FREE-READ", "ring_read");
}

CrashReport another_bug() {
  return report("WARNING in other_work", "WARNING", "other_work");
}

Symptom the_symptom() {
  return {Symptom::Kind::title, {the_bug().title}};
}

Crashed crash_with(CrashReport found) {
  return Crashed{{std::move(found)}, std::chrono::seconds(3), false};
}

}  // namespace rigbisect
