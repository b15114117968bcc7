#include "bisect/bisection.h"

#include <algorithm>
#include <cmath>

#include "bisect/bisection_state.h"
#include "bisect/confidence.h"

namespace rigbisect {
namespace {

constexpr int kBuildRetries = 3;

Error not_in_history(const std::string& what, const std::string& name, const CommitId& commit) {
  return Error{Errc::invalid, "the " + what + " commit " +
                                  (name.empty() ? commit : name + " (" + commit + ")") +
                                  " is not in the history that was read"};
}

Result<void> check_ends(const CommitGraph& graph, const Goal& goal) {
  const auto bad = graph.find(goal.bad);
  if (!bad) return not_in_history("bad", goal.bad_name, goal.bad);
  if (!goal.good && (!goal.fix || graph.is_ancestor(*bad, 0))) return {};
  const CommitId good_id = goal.good.value_or(graph.at(0).id);
  const auto good = graph.find(good_id);
  if (!good) return not_in_history("good", goal.good_name, good_id);
  const auto [older, newer] = goal.fix ? std::pair(*bad, *good) : std::pair(*good, *bad);
  if (older != newer && graph.is_ancestor(older, newer)) return {};
  return Error{Errc::invalid,
               goal.fix ? "the good commit " + good_id + " does not descend from the bad commit " + goal.bad +
                              ": to find a fix, give a good commit that is newer than the bad one"
                        : "the bad commit " + goal.bad + " does not descend from the good commit " + good_id +
                              ": give a good commit that is an ancestor of the bad one (git merge-base finds "
                              "one), or none to walk the releases"};
}

}  // namespace

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::reproduce:
      return "reproduce";
    case Phase::find_good:
      return "find good";
    case Phase::search:
      return "search";
    case Phase::confirm:
      return "confirm";
    case Phase::done:
      return "done";
  }
  return "?";
}

std::string short_id(const CommitId& commit) {
  return commit.substr(0, 12);
}

Result<Bisection> Bisection::make(std::shared_ptr<const CommitGraph> graph, Goal goal,
                                  std::unique_ptr<Planner> planner) {
  if (auto ends = check_ends(*graph, goal); !ends) return ends.error();
  if (goal.budget_runs < 0 || goal.budget_time < Duration{}) {
    return Error{Errc::invalid, "a budget cannot be negative"};
  }
  if (goal.runs < 1 || goal.need < 1 || goal.reproduce_runs < 1 || goal.confirm_runs < 0) {
    return Error{Errc::invalid, "the numbers of runs must be at least 1 (of runs to confirm: at least 0)"};
  }
  auto state = std::make_unique<State>(std::move(graph), std::move(goal), std::move(planner));
  state->start();
  return Bisection(std::move(state));
}

Bisection::Bisection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Bisection::Bisection(Bisection&&) noexcept = default;
Bisection& Bisection::operator=(Bisection&&) noexcept = default;
Bisection::~Bisection() = default;

void Bisection::record(const Event& event) {
  std::visit([this](const auto& happened) { state_->record(happened); }, event);
}

void Bisection::resume() {
  state_->resume();
}

bool Bisection::finished() const {
  return state_->phase == Phase::done || state_->gave_up_for_faults;
}

const std::vector<story::Item>& Bisection::story() const {
  return state_->story;
}

Standing Bisection::standing() const {
  Standing standing;
  standing.phase = finished() ? Phase::done : state_->phase;
  if (state_->test) {
    standing.commit = state_->test->commit;
    standing.runs_done = state_->test->judgement.clean + state_->test->judgement.crashed;
    standing.runs_wanted = state_->test->runs_wanted();
  }
  if (state_->pick && standing.phase == Phase::search) {
    standing.revisions_left = state_->pick->left;
    standing.steps_left = state_->pick->steps;
  }
  if (state_->weighing()) {
    const double bits = state_->weighed_search->belief().entropy();
    standing.revisions_left = static_cast<std::size_t>(std::llround(std::exp2(bits)));
    standing.steps_left = static_cast<int>(std::ceil(bits));
  }
  if (standing.phase == Phase::search) standing.time_left = state_->time_left();
  return standing;
}

Bisection::State::State(std::shared_ptr<const CommitGraph> history_in, Goal goal_in,
                        std::unique_ptr<Planner> planner_in)
    : history(std::move(history_in)),
      graph(*history),
      goal(std::move(goal_in)),
      planner(std::move(planner_in)),
      seen_symptom(goal.symptom.value_or(Symptom{})),
      findings(graph, goal.fix) {}

void Bisection::State::start() {
  const Index bad = *graph.find(goal.bad);
  const std::vector<bool> before = graph.ancestors({bad});
  std::map<std::string, Index> tagged;
  for (Index i = 0; i < graph.size(); ++i) {
    for (const std::string& tag : graph.at(i).tags) tagged[tag] = i;
  }
  for (const std::string& tag : goal.releases) {
    const auto found = tagged.find(tag);
    if (found != tagged.end() && found->second != bad && before[found->second]) releases.emplace_back(*found);
  }
  const CommitId first = goal.reported.value_or(goal.bad);
  story.emplace_back(story::Started{first, goal.fix});
  begin(first, reproduce_rule());
  look_ahead();
}

void Bisection::State::record(const BuildEnded& event) {
  resume();
  if (phase == Phase::done) return;
  kernels.record(event);
  costs.record(event);
  if (kernels.faults_in_a_row() > kBuildRetries) {
    gave_up_for_faults = true;
    story.emplace_back(story::GaveUp{"the builder failed " + std::to_string(kernels.faults_in_a_row()) +
                                     " times in a row, the last time with: " + kernels.last_fault() +
                                     ". Mend that and resume; nothing is lost."});
    return;
  }
  if (weighing()) built(event);
  settle();
}

void Bisection::State::record(const RunEnded& event) {
  resume();
  if (phase == Phase::done) return;
  all_runs.push_back(event);
  busy += event.elapsed;
  costs.record(event);
  if (weighing()) {
    weighed(event);
    settle();
    return keep_budget();
  }
  if (test && test->announced && test->commit == event.commit) {
    story.emplace_back(story::Run{static_cast<int>(test->outcomes.size()), event.outcome, event.board,
                                  event.console, describe(event.outcome, symptom())});
    test->outcomes.push_back(event.outcome);
    settle();
  } else {
    late(event.commit, event.outcome);
  }
  keep_budget();
}

void Bisection::State::record(const BoardSetAside& event) {
  resume();
  if (phase == Phase::done) return;
  note("board " + event.board + " is set aside: " + event.error.what);
}

void Bisection::State::resume() {
  if (!gave_up_for_faults) return;
  gave_up_for_faults = false;
  kernels.forgive_faults();
  story.pop_back();
}

void Bisection::State::begin(const CommitId& commit, const VerdictRule& rule) {
  test = Test{.commit = commit, .rule = rule};
  ++tests_begun;
}

// Goes as far as what was recorded carries.
void Bisection::State::settle() {
  const int before = tests_begun;
  while (phase != Phase::done && (test ? step() : phase == Phase::confirm && confirm_next())) {
  }
  if (tests_begun != before || !test) look_ahead();
}

// Whether the test under way has ended; the phase has then begun what comes next.
bool Bisection::State::step() {
  const auto failure = kernels.failure(test->commit);
  if (!failure && !kernels.built(test->commit)) return false;
  if (!test->announced) {
    story.emplace_back(story::Testing{test->commit, kernels.compiler(test->commit)});
    test->announced = true;
  }
  if (failure) {
    story.emplace_back(story::BuildBroken{*failure});
    test->judgement.verdict = Verdict::skip;
    test->judgement.reason = "it does not build: " + *failure;
  } else {
    test->judgement = judge(test->outcomes, symptom(), test->rule);
    if (test->judgement.verdict == Verdict::open) return false;
    story.emplace_back(story::RunsOver{test->judgement.verdict, test->judgement.reason});
  }
  const Test done = *std::exchange(test, std::nullopt);
  tested(done);
  return true;
}

void Bisection::State::tested(const Test& done) {
  Tally& tally = tallies[done.commit];
  tally.clean += done.judgement.clean;
  tally.crashed += done.judgement.crashed;
  for (const RunOutcome& outcome : done.outcomes) {
    const CrashReport* report = symptom_report(outcome, symptom());
    if (report != nullptr && !tally.crash) tally.crash = *report;
  }
  switch (phase) {
    case Phase::reproduce:
      return reproduced(done);
    case Phase::find_good:
      return good_end_tested(done);
    case Phase::search:
      return searched(done);
    case Phase::confirm:
      return confirmed(done);
    case Phase::done:
      return;
  }
}

// A run of a commit that had been decided before the run ended. It still counts for the rate, and a crash
// where the search relies on clean runs is not ignored.
void Bisection::State::late(const CommitId& commit, const RunOutcome& outcome) {
  const Judgement says = judge({&outcome, 1}, symptom(), 1);
  Tally& tally = tallies[commit];
  tally.clean += says.clean;
  tally.crashed += says.crashed;
  if (bayes() || says.crashed == 0 || tally.crashed < goal.need) return;
  if (const CrashReport* report = symptom_report(outcome, symptom()); report != nullptr && !tally.crash) {
    tally.crash = *report;
  }
  const auto index = graph.find(commit);
  if (!index || findings.about(*index) != Findings::Kind::clean) return;
  if (test && test->announced) story.emplace_back(story::RunsOver{});
  test.reset();
  note("a late run of " + short_id(commit) + ", taken for good, shows the bug");
  reopen(commit);
  settle();
}

void Bisection::State::end(story::Item result) {
  phase = Phase::done;
  test.reset();
  ahead.clear();
  story.push_back(std::move(result));
}

std::string Bisection::State::name(Index commit) const {
  const Commit& at = graph.at(commit);
  if (at.id == goal.bad && !goal.bad_name.empty()) return goal.bad_name;
  if (at.id == goal.good && !goal.good_name.empty()) return goal.good_name;
  return at.tags.empty() ? at.id : at.tags.front();
}

double Bisection::State::rate() const {
  int crashed = 0;
  int clean = 0;
  for (const Index commit : findings.of(Findings::Kind::crashes)) {
    const auto tally = tallies.find(graph.at(commit).id);
    if (tally == tallies.end()) continue;
    crashed += tally->second.crashed;
    clean += tally->second.clean;
  }
  return reproduction_rate(crashed, clean);
}

}  // namespace rigbisect
