#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/crew.h"
#include "run/simulated_world.h"

namespace rigbisect {

// The crew in simulated time: a discrete-event simulator. Every task takes as long as the scenario's costs
// say and ends as the world says; wait() is the passing of time until the first of them ends, and never
// blocks. See Crew for the contract. A board that fails four times in a row is set aside, as a real one is.
class SimulatedCrew : public Crew {
 public:
  // `world` outlives the crew; `history` is the world's.
  SimulatedCrew(SimulatedWorld& world, const SimulatedHistory& history, const ScenarioCosts& costs,
                const ScenarioResources& resources);

  Capacity capacity() const override;
  bool has_board() const override;
  void start(const Task& task) override;
  void cancel(const Task& task) override;
  // Errc::internal: nothing is in flight, so nothing will ever happen.
  Result<std::optional<Event>> wait(std::stop_token stop) override;

  // Since the beginning.
  Duration now() const { return now_; }
  int builds() const { return builds_; }
  int runs() const { return runs_; }

 private:
  struct Job {
    Task task;
    Duration end{};
    std::uint64_t number = 0;  // of those that end at one time the one that began first is first
    Event event;
  };
  struct SimulatedBoard {
    std::string name;
    bool busy = false;
    bool set_aside = false;
    int faults_in_a_row = 0;
  };
  struct Slot {
    bool busy = false;
    std::optional<CommitId> tree;  // what it built last
    CommitId building;
  };

  void start_build(const BuildTask& task);
  void start_run(const RunTask& task);
  void release(const Task& task);
  void count_faults(const RunEnded& run);
  Duration build_time(const Slot& slot, const CommitId& commit) const;
  bool is_far(const CommitId& from, const CommitId& to) const;
  SimulatedBoard* board(const std::string& name);

  SimulatedWorld& world_;
  const SimulatedHistory& history_;
  ScenarioCosts costs_;
  std::vector<SimulatedBoard> boards_;
  std::vector<Slot> slots_;
  std::vector<Job> jobs_;
  std::vector<Event> set_aside_;  // said next
  Duration now_{};
  std::uint64_t started_ = 0;
  int builds_ = 0;
  int runs_ = 0;
};

}  // namespace rigbisect
