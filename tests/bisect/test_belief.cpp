#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "bisect/belief.h"
#include "bisect/planner_bayes.h"
#include "bisect/testability.h"
#include "random_history.h"

namespace rigbisect {
namespace {

constexpr Duration kFull = std::chrono::seconds(300);

struct Run {
  CommitGraph::Index commit;
  Observation seen;
};

CommitGraph history(Dice& dice, std::size_t size) {
  return std::move(*CommitGraph::make(random_history(dice, size)));
}

// All of a random history but its root may be the culprit.
Belief belief_of(const CommitGraph& graph, bool fix = false) {
  const auto root = *graph.find("0");
  Candidates candidates({graph, 0, {root}, {}});
  Prior prior{std::vector<double>(candidates.size(), 1), 0};
  for (std::size_t i = 0; i < prior.weights.size(); i += 3) prior.weights[i] = 5;
  return Belief(std::move(candidates), std::move(prior), fix, kFull);
}

std::vector<Run> random_runs(Dice& dice, const CommitGraph& graph, int count) {
  std::vector<Run> runs;
  for (int i = 0; i < count; ++i) {
    const auto commit = static_cast<CommitGraph::Index>(dice.below(graph.size() - 1));
    runs.push_back({commit, {dice.chance(40), std::chrono::seconds(10 + dice.below(290)), 1}});
  }
  return runs;
}

double sum(const Belief& belief) {
  double sum = belief.outside();
  for (Belief::Place place = 0; place < belief.candidates().size(); ++place) sum += belief.probability(place);
  return sum;
}

// Weighs every candidate by itself, as the definition says: crashes of kernels without the bug come at a rate
// that has a gamma prior.
std::vector<double> by_hand(const Belief& belief, const CommitGraph& graph, const std::vector<Run>& runs) {
  const Candidates& candidates = belief.candidates();
  const CrashModel& model = belief.model();
  std::vector<double> weights;
  for (Belief::Place place = 0; place < candidates.size(); ++place) {
    std::vector<double> points = model.prior();
    int crashes = 0;
    double time = 0;
    for (const Run& run : runs) {
      const bool contains = graph.is_ancestor(candidates.commit(place), run.commit);
      if (contains == belief.fix()) {
        crashes += run.seen.crashed ? 1 : 0;
        time += std::chrono::duration<double>(run.seen.time) / kFull;
        continue;
      }
      std::vector<double> likelihood(model.size());
      model.likelihood(run.seen, likelihood);
      for (std::size_t i = 0; i < points.size(); ++i) points[i] *= likelihood[i];
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double beta = kFalseAlpha / kFalseShare / model.rate(i);
      points[i] *= std::tgamma(kFalseAlpha + crashes) * std::pow(beta, kFalseAlpha) /
                   std::pow(beta + time, kFalseAlpha + crashes);
    }
    weights.push_back((place % 3 == 0 ? 5 : 1) * std::accumulate(points.begin(), points.end(), 0.0));
  }
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= all;
  return weights;
}

TEST_CASE("every candidate has the probability that its definition gives, on histories with merges") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Dice dice(seed);
    const CommitGraph graph = history(dice, 40);
    const bool fix = seed % 2 == 0;
    Belief belief = belief_of(graph, fix);
    const std::vector<Run> runs = random_runs(dice, graph, 12);
    for (const Run& run : runs) belief.record(run.commit, run.seen);
    const std::vector<double> expected = by_hand(belief, graph, runs);
    CHECK(sum(belief) == doctest::Approx(1));
    for (Belief::Place place = 0; place < expected.size(); ++place) {
      CHECK(belief.probability(place) == doctest::Approx(expected[place]).epsilon(1e-9));
    }
    CHECK(belief.probability(belief.best()) ==
          doctest::Approx(*std::max_element(expected.begin(), expected.end())));
  }
}

TEST_CASE("how certain the likeliest candidate would be is what it is afterwards") {
  Dice dice(9);
  const CommitGraph graph = history(dice, 40);
  Belief belief = belief_of(graph);
  for (const Run& run : random_runs(dice, graph, 20)) {
    belief.expect(run.commit);
    const auto certainty = belief.certainty_after(run.commit, run.seen);
    REQUIRE(certainty);
    belief.record(run.commit, run.seen);
    CHECK(belief.probability(belief.best()) == doctest::Approx(*certainty));
  }
}

TEST_CASE("a crash is doubted less, the less often the bug shows") {
  const CrashModel model(kFull);
  std::vector<double> likelihood(model.size());
  model.false_likelihood({}, {true, kFull, 1}, likelihood);
  CHECK(std::is_sorted(likelihood.begin(), likelihood.end()));
  CHECK(likelihood.front() < 0.01 * likelihood.back());
  const double none = model.false_rate({}, model.prior());
  CHECK(none < 0.01);
  CHECK(model.false_rate({0, 100}, model.prior()) < none);
  CHECK(model.false_rate({2, 100}, model.prior()) > 2 * none);
}

TEST_CASE("the order of the runs does not matter") {
  Dice dice(5);
  const CommitGraph graph = history(dice, 60);
  std::vector<Run> runs = random_runs(dice, graph, 25);
  Belief forward = belief_of(graph);
  Belief backward = belief_of(graph);
  for (const Run& run : runs) forward.record(run.commit, run.seen);
  std::reverse(runs.begin(), runs.end());
  for (const Run& run : runs) backward.record(run.commit, run.seen);
  for (Belief::Place place = 0; place < forward.candidates().size(); ++place) {
    CHECK(forward.probability(place) == doctest::Approx(backward.probability(place)).epsilon(1e-9));
  }
}

TEST_CASE("twenty seconds without a crash say nearly all of a bug that crashes within five") {
  const CrashModel model(kFull);
  std::vector<double> points = model.prior();
  std::vector<double> likelihood(model.size());
  for (const int seconds : {1, 3, 2, 5, 4, 1, 2, 3}) {
    model.likelihood({true, std::chrono::seconds(seconds), 1}, likelihood);
    for (std::size_t i = 0; i < points.size(); ++i) points[i] *= likelihood[i];
  }
  const double all = std::accumulate(points.begin(), points.end(), 0.0);
  for (double& point : points) point /= all;
  const auto shapes = model.shape_weights(points);
  CHECK(model.crashed_by(std::chrono::seconds(20), shapes) > 0.9);
  CHECK(model.crashed_by(kFull, shapes) == doctest::Approx(1));
}

TEST_CASE(
    "a commit that does not build makes its neighbours doubtful, and one that builds ends the stretch") {
  Testability testability;
  CHECK(testability.chance(100) > 0.98);
  for (const unsigned place : {100U, 104U, 96U}) testability.record(place, false);
  testability.record(300, true);
  testability.record(120, true);
  CHECK(testability.chance(100) == 0);
  CHECK(testability.chance(102) < 0.2);
  CHECK(testability.chance(119) > testability.chance(108));
  CHECK(testability.chance(210) > 0.8);
}

TEST_CASE("the planner picks beside the first-parent line where a merge brought in what is suspected") {
  // 0 - 1 - 2 ... main line of 10; a branch of 200 commits from 1 is merged at 5.
  std::vector<Commit> commits;
  const auto add = [&](const std::string& id, std::vector<CommitId> parents) {
    commits.push_back({.id = id, .parents = std::move(parents), .subject = "", .time = 0, .tags = {}});
    commits.back().time = static_cast<std::int64_t>(commits.size());
  };
  add("0", {});
  for (int i = 1; i < 5; ++i) add(std::to_string(i), {std::to_string(i - 1)});
  for (int i = 0; i < 200; ++i)
    add("side" + std::to_string(i), {i == 0 ? "1" : "side" + std::to_string(i - 1)});
  add("5", {"4", "side199"});
  for (int i = 6; i < 10; ++i) add(std::to_string(i), {std::to_string(i - 1)});
  const CommitGraph graph = std::move(*CommitGraph::make(std::move(commits)));
  Candidates candidates({graph, 0, {*graph.find("0")}, {}});
  Prior prior{std::vector<double>(candidates.size(), 1), 0};
  Belief belief(std::move(candidates), std::move(prior), false, kFull);
  for (int i = 0; i < 10; ++i) belief.record(0, {i % 2 == 0, kFull / 2, 1});
  const Outlook outlook{
      {std::chrono::seconds(320), std::chrono::seconds(60)},
      [](CommitGraph::Index) -> std::optional<Duration> { return std::chrono::seconds(320); },
      {}};
  const auto visit = BayesPlanner().choose(belief, {}, outlook);
  REQUIRE(visit);
  CHECK(graph.at(visit->commit).id.starts_with("side"));
  CHECK(visit->has_bug > 0.3);
  CHECK(visit->has_bug < 0.7);
}

TEST_CASE("no run is planned for what may be left over at the end") {
  std::vector<Commit> commits;
  for (int i = 0; i < 100; ++i) {
    commits.push_back({.id = std::to_string(i), .parents = {}, .subject = "", .time = i, .tags = {}});
    if (i > 0) commits.back().parents = {std::to_string(i - 1)};
  }
  const CommitGraph graph = std::move(*CommitGraph::make(std::move(commits)));
  Candidates candidates({graph, *graph.find("99"), {*graph.find("0")}, {}});
  Prior prior{std::vector<double>(candidates.size(), 1), 0};
  Belief belief(std::move(candidates), std::move(prior), false, kFull);
  for (int i = 0; i < 5; ++i) belief.record(*graph.find("50"), {true, kFull / 2, 1});
  for (int i = 0; i < 12; ++i) belief.record(*graph.find("49"), {false, kFull, 1});
  const double doubt = 1 - belief.probability(belief.best());
  REQUIRE(doubt > 1e-4);
  REQUIRE(doubt < 0.02);
  Outlook outlook{{std::chrono::seconds(320), std::chrono::seconds(60)},
                  [](CommitGraph::Index) -> std::optional<Duration> { return Duration{}; },
                  {}};
  CHECK(BayesPlanner().choose(belief, {}, outlook));
  outlook.doubt = 4 * doubt;
  CHECK_FALSE(BayesPlanner().choose(belief, {}, outlook));
}

}  // namespace
}  // namespace rigbisect
