#include "cli/simulation_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace rigbisect {
namespace {

double hours(Duration time) {
  return std::chrono::duration<double, std::ratio<3600>>(time).count();
}

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double hours_in(const Trial& trial, Phase phase) {
  const auto found = trial.time_by_phase.find(phase);
  return found == trial.time_by_phase.end() ? 0 : hours(found->second);
}

// Of sorted values: the smallest that at least `share` of them do not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)));
  return sorted[rank];
}

SimulationSummary::Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += value;
  return {sum / static_cast<double>(values.size()), quantile(values, 0.5), quantile(values, 0.95)};
}

template <typename Value>
double mean(const std::vector<Trial>& trials, const Value& value) {
  double sum = 0;
  for (const Trial& trial : trials) sum += static_cast<double>(value(trial));
  return sum / static_cast<double>(trials.size());
}

double share(const std::vector<Trial>& trials, TrialEnd end) {
  return mean(trials, [end](const Trial& trial) { return trial.end == end ? 1 : 0; });
}

void sum_up_planning(const std::vector<Trial>& trials, SimulationSummary& summary) {
  std::size_t plans = 0;
  double sum = 0;
  for (const Trial& trial : trials) {
    for (const Duration time : trial.planning) {
      sum += milliseconds(time);
      summary.plan_ms_max = std::max(summary.plan_ms_max, milliseconds(time));
    }
    plans += trial.planning.size();
  }
  summary.plan_ms_mean = plans == 0 ? 0 : sum / static_cast<double>(plans);
}

double claimed_confidence(const std::vector<Trial>& trials) {
  double sum = 0;
  int claims = 0;
  for (const Trial& trial : trials) {
    if (trial.kind != "culprit") continue;
    sum += trial.confidence;
    ++claims;
  }
  return claims == 0 ? 0 : sum / claims;
}

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

std::string format(const char* pattern, ...) {
  std::array<char, 300> line{};
  va_list values;
  va_start(values, pattern);
  std::vsnprintf(line.data(), line.size(), pattern, values);
  va_end(values);
  return line.data();
}

std::string result_text(const Trial& trial) {
  std::string text = "result: " + trial.kind;
  if (!trial.commits.empty()) text += " " + printable(join(trial.commits, " "));
  if (trial.kind == "culprit") text += format(" (confidence %.3f)", trial.confidence);
  if (trial.noop) text += ", the same binary as its parent";
  if (trial.release) text += ", a release";
  if (!trial.why.empty()) text += ": " + printable(trial.why);
  return text + "\npicks: " + printable(join(trial.picks, " ")) + "\n";
}

}  // namespace

SimulationSummary summarize(const std::vector<Trial>& trials) {
  SimulationSummary summary;
  summary.trials = trials.size();
  summary.correct = share(trials, TrialEnd::correct);
  summary.wrong = share(trials, TrialEnd::wrong);
  summary.inconclusive = share(trials, TrialEnd::inconclusive);
  summary.error = share(trials, TrialEnd::error);
  std::vector<double> times;
  times.reserve(trials.size());
  for (const Trial& trial : trials) times.push_back(hours(trial.time));
  summary.hours = spread(std::move(times));
  const auto in = [&](Phase phase) {
    return mean(trials, [phase](const Trial& t) { return hours_in(t, phase); });
  };
  summary.reproduce_hours = in(Phase::reproduce);
  summary.find_good_hours = in(Phase::find_good);
  summary.search_hours = in(Phase::search);
  summary.confirm_hours = in(Phase::confirm);
  summary.runs_mean = mean(trials, [](const Trial& trial) { return trial.runs; });
  summary.builds_mean = mean(trials, [](const Trial& trial) { return trial.builds; });
  summary.claimed_confidence_mean = claimed_confidence(trials);
  sum_up_planning(trials, summary);
  return summary;
}

std::string simulation_text(const std::vector<Trial>& trials) {
  const SimulationSummary all = summarize(trials);
  std::string text =
      format("%zu trials: %.1f %% correct, %.1f %% wrong, %.1f %% inconclusive, %.1f %% errors\n", all.trials,
             100 * all.correct, 100 * all.wrong, 100 * all.inconclusive, 100 * all.error);
  text += format("claimed confidence: %.1f %%\n", 100 * all.claimed_confidence_mean);
  text += format("hours: %.2f on average, half within %.2f, 95 %% within %.2f\n", all.hours.mean,
                 all.hours.p50, all.hours.p95);
  text += format("  reproduce %.2f, find a good commit %.2f, search %.2f, confirm %.2f\n",
                 all.reproduce_hours, all.find_good_hours, all.search_hours, all.confirm_hours);
  text += format("on average %.1f runs and %.1f builds\n", all.runs_mean, all.builds_mean);
  text += format("planning: %.2f ms on average, at most %.1f ms\n", all.plan_ms_mean, all.plan_ms_max);
  return trials.size() == 1 ? text + result_text(trials.front()) : text;
}

std::string simulation_json(const std::vector<Trial>& trials) {
  const SimulationSummary all = summarize(trials);
  nlohmann::ordered_json json = {
      {"trials", all.trials},
      {"correct", all.correct},
      {"wrong", all.wrong},
      {"inconclusive", all.inconclusive},
      {"error", all.error},
      {"hours", {{"mean", all.hours.mean}, {"p50", all.hours.p50}, {"p95", all.hours.p95}}},
      {"hours_by_phase",
       {{"reproduce", all.reproduce_hours},
        {"find_good", all.find_good_hours},
        {"search", all.search_hours},
        {"confirm", all.confirm_hours}}},
      {"runs_mean", all.runs_mean},
      {"builds_mean", all.builds_mean},
      {"claimed_confidence_mean", all.claimed_confidence_mean},
      {"plan_ms", {{"mean", all.plan_ms_mean}, {"max", all.plan_ms_max}}}};
  if (trials.size() == 1) {
    const Trial& trial = trials.front();
    json["result"] = {{"kind", trial.kind},       {"commits", trial.commits},       {"noop", trial.noop},
                      {"release", trial.release}, {"confidence", trial.confidence}, {"why", trial.why}};
    json["picks"] = trial.picks;
  }
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rigbisect
