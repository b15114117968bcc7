#include "run/simulation.h"

#include <algorithm>

#include "bisect/planner_classic.h"
#include "run/campaign.h"
#include "run/simulated_crew.h"

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;

// Measures what lies between the waits for events: recording and planning.
class PlanningTimer : public Crew {
 public:
  PlanningTimer(Crew& crew, const Clock& clock, std::vector<Duration>& times)
      : crew_(crew), clock_(clock), times_(times), since_(clock.now()) {}

  Capacity capacity() const override { return crew_.capacity(); }
  bool has_board() const override { return crew_.has_board(); }
  void start(const Task& task) override { crew_.start(task); }
  void cancel(const Task& task) override { crew_.cancel(task); }
  Result<std::optional<Event>> wait(std::stop_token stop) override {
    times_.push_back(clock_.now() - since_);
    auto event = crew_.wait(std::move(stop));
    since_ = clock_.now();
    return event;
  }

 private:
  Crew& crew_;
  const Clock& clock_;
  std::vector<Duration>& times_;
  TimePoint since_;
};

// Books simulated time to the phase in which it passed.
class PhaseBook : public CampaignObserver {
 public:
  PhaseBook(const SimulatedCrew& crew, std::map<Phase, Duration>& times) : crew_(crew), times_(times) {}

  void started(const Task&) override {}
  void recorded(const Event&) override {
    times_[phase_] += crew_.now() - booked_;
    booked_ = crew_.now();
  }
  void told(const std::vector<story::Item>&, std::size_t) override {}
  void stands(const Standing& standing) override { phase_ = standing.phase; }

 private:
  const SimulatedCrew& crew_;
  std::map<Phase, Duration>& times_;
  Phase phase_ = Phase::reproduce;
  Duration booked_{};
};

// The story's last item as a result.
struct Conclude {
  Trial& trial;
  const SimulatedWorld& world;
  const SimulatedHistory& history;
  const Scenario& scenario;

  bool is_culprit(const CommitId& commit) const {
    const auto truth = world.culprit();
    return truth && history.graph->at(*truth).id == commit;
  }
  CommitId newest() const { return history.graph->at(history.good.value_or(history.newest)).id; }

  void operator()(const story::Culprit& found) {
    trial.kind = "culprit";
    trial.commits = {found.commit};
    trial.noop = found.no_op;
    trial.release = !found.release.empty();
    trial.confidence = found.confidence;
    trial.end = is_culprit(found.commit) ? TrialEnd::correct : TrialEnd::wrong;
  }
  void operator()(const story::Inconclusive& found) {
    trial.kind = "range";
    trial.commits = found.candidates;
    trial.why = found.why;
    const bool within = std::any_of(found.candidates.begin(), found.candidates.end(),
                                    [this](const CommitId& commit) { return is_culprit(commit); });
    trial.end = within ? TrialEnd::inconclusive : TrialEnd::wrong;
  }
  void operator()(const story::NotReproduced& found) {
    trial.kind = "not_reproduced";
    trial.why = found.why;
    trial.end =
        world.has_bug(history.graph->at(history.start).id) ? TrialEnd::inconclusive : TrialEnd::correct;
  }
  void operator()(const story::OldestBad& found) {
    trial.kind = "oldest_bad";
    trial.commits = {found.oldest};
    trial.end = world.has_bug(found.oldest) ? TrialEnd::correct : TrialEnd::wrong;
  }
  void operator()(const story::StillBroken& found) {
    trial.kind = "still_broken";
    trial.why = found.why;
    trial.commits = {found.newest};
    trial.end = world.has_bug(found.newest) ? TrialEnd::correct
                : found.why.empty()         ? TrialEnd::wrong
                                            : TrialEnd::inconclusive;
  }
  void operator()(const story::GaveUp& found) {
    trial.kind = "error";
    trial.why = found.why;
    trial.end = TrialEnd::error;
  }
  template <typename Other>
  void operator()(const Other&) {
    trial.why = "the bisection has no result";
  }
};

Goal goal_of(const Scenario& scenario, const SimulatedHistory& history, const SimulatedWorld& world) {
  const CommitGraph& graph = *history.graph;
  const ScenarioPolicy& policy = scenario.policy;
  Goal goal;
  goal.fix = scenario.fix;
  goal.bad = graph.at(history.start).id;
  if (history.good) goal.good = graph.at(*history.good).id;
  goal.releases = history.releases;
  goal.symptom = simulated_symptom();
  goal.runs = policy.runs;
  goal.reproduce_runs = policy.reproduce_runs;
  goal.confirm_runs = policy.confirm_runs;
  goal.budget_runs = policy.budget_runs;
  goal.need = policy.need;
  goal.sequential = policy.sequential;
  goal.run_time = scenario.costs.repro;
  goal.build_ahead = scenario.resources.build_ahead;
  goal.planner = policy.classic ? PlannerKind::classic : PlannerKind::bayes;
  goal.confidence = policy.confidence;
  for (const Index commit : world.suspects()) goal.suspects[graph.at(commit).id] = 1;
  return goal;
}

void note_picks(const std::vector<story::Item>& story, std::vector<CommitId>& picks) {
  for (const story::Item& item : story) {
    if (const auto* step = std::get_if<story::Step>(&item)) picks.push_back(step->commit);
  }
}

}  // namespace

Result<Trial> play_trial(const Scenario& scenario, const SimulatedHistory& history, std::uint64_t seed,
                         const Clock& clock, std::stop_token stop) {
  Trial trial;
  SimulatedWorld world(scenario, history, seed);
  auto bisection =
      Bisection::make(history.graph, goal_of(scenario, history, world), std::make_unique<ClassicPlanner>());
  if (!bisection) return bisection.error().within(scenario.file.string());
  SimulatedCrew crew(world, history, scenario.costs, scenario.resources);
  PlanningTimer timer(crew, clock, trial.planning);
  PhaseBook book(crew, trial.time_by_phase);
  Campaign campaign(
      *bisection, timer, [](const Event&) { return Result<void>(); }, book);
  const auto end = campaign.run(std::move(stop));
  if (end && *end == CampaignEnd::interrupted) return Error{Errc::cancelled, "stopped"};
  Conclude conclude{trial, world, history, scenario};
  if (!end) {
    trial.why = end.error().what;
  } else if (*end == CampaignEnd::no_board) {
    trial.kind = "infra";
    trial.why = "no board is left";
  } else {
    std::visit(conclude, bisection->story().back());
  }
  note_picks(bisection->story(), trial.picks);
  trial.time = crew.now();
  trial.runs = crew.runs();
  trial.builds = crew.builds();
  return trial;
}

Result<std::vector<Trial>> simulate(const Scenario& scenario, const Clock& clock, std::stop_token stop) {
  const auto history = make_history(scenario, stop);
  if (!history) return history.error();
  std::vector<Trial> trials;
  for (int i = 0; i < scenario.trials; ++i) {
    auto trial =
        play_trial(scenario, *history, mix_seed(scenario.seed, static_cast<std::uint64_t>(i)), clock, stop);
    if (!trial) return trial.error();
    trials.push_back(std::move(*trial));
  }
  return trials;
}

}  // namespace rigbisect
