#include "cli/test_command.h"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/text.h"
#include "bisect/verdict.h"
#include "cli/campaign_result.h"
#include "cli/campaign_session.h"
#include "cli/progress_view.h"
#include "cli/terminal.h"
#include "cli/workshop.h"
#include "git/repository.h"

namespace rigbisect {
namespace {

constexpr int kUntestable = 125;
constexpr int kNoVerdict = 128;  // and more: git bisect run stops

struct TestOptions {
  std::string recipe;
  std::string commit;
  std::vector<std::string> boards;
  int runs = 0;
  bool all = false;
};

int no_verdict(Environment& environment, const Error& error) {
  const ExitCode code = report_error(environment.err, error);
  return code == ExitCode::interrupted ? to_int(code) : kNoVerdict + to_int(code);
}

// One commit's build and runs, as events come.
class CommitTest {
 public:
  CommitTest(Workshop& workshop, ProgressView& view, Environment& environment, const Recipe& recipe,
             CommitId commit, const TestOptions& options)
      : workshop_(workshop),
        view_(view),
        environment_(environment),
        commit_(std::move(commit)),
        symptom_(recipe.symptom.value_or(Symptom{})),
        time_(recipe.reproducer.time),
        runs_(options.runs > 0 ? options.runs : recipe.runs),
        all_(options.all) {}

  Result<int> run() {
    while (!over()) {
      if (!workshop_.crew().has_board()) {
        return Error{Errc::disconnected, "no board is left, each was set aside for the reason above"};
      }
      start_what_is_idle();
      auto event = workshop_.crew().wait(environment_.stop);
      if (!event) return event.error();
      if (!*event) continue;
      view_.recorded(**event);
      if (auto taken = take(**event); !taken) return taken.error();
    }
    return conclude();
  }

 private:
  bool over() const {
    if (broken_) return true;
    const Judgement now = judge(outcomes_, symptom_, runs_);
    if (all_) return counted() >= runs_ || now.verdict == Verdict::skip;
    return now.verdict != Verdict::open;
  }

  int counted() const {
    const Judgement now = judge(outcomes_, symptom_, runs_);
    return now.clean + now.crashed + now.undecided;
  }

  void start_what_is_idle() {
    const Capacity capacity = workshop_.crew().capacity();
    if (!built_ && capacity.idle_build_slots > 0 && capacity.in_flight.empty()) start(BuildTask{commit_});
    if (!built_) return;
    // A run that says nothing (hung, another crash) does not stand for a clean one, as in Bisection::plan().
    const int done = all_ ? counted() : judge(outcomes_, symptom_, runs_).clean;
    int open = runs_ - done - static_cast<int>(capacity.in_flight.size());
    for (const std::string& board : capacity.idle_boards) {
      if (open-- <= 0) return;
      start(RunTask{commit_, board, time_, symptom_});
    }
  }

  void start(const Task& task) {
    workshop_.crew().start(task);
    view_.started(task);
  }

  Result<void> take(const Event& event) {
    if (const auto* build = std::get_if<BuildEnded>(&event)) {
      if (const auto* fault = std::get_if<BuildFault>(&build->outcome)) return fault->error;
      broken_ = std::holds_alternative<BuildFailed>(build->outcome);
      built_ = !broken_;
      if (broken_) view_.log("build failed: " + std::get<BuildFailed>(build->outcome).first_error + "\n");
      if (built_) view_.log("testing commit " + commit_ + " with " + build->compiler + "\n");
    } else if (const auto* run = std::get_if<RunEnded>(&event)) {
      outcomes_.push_back(run->outcome);
      if (std::holds_alternative<BenchFault>(run->outcome)) return {};
      view_.log("run #" + std::to_string(number_++) + ": " + describe(run->outcome, symptom_) + "\n");
    }
    return {};
  }

  int conclude() {
    if (broken_) return kUntestable;
    const Judgement now = judge(outcomes_, symptom_, runs_);
    view_.log(std::string(to_string(now.verdict)) + ": " + std::to_string(now.crashed) + " of " +
              std::to_string(counted()) + " runs crashed with " + describe(symptom_) +
              (now.reason.empty() ? "" : " (" + now.reason + ")") + "\n");
    if (now.crashed > 0) return 1;
    return now.verdict == Verdict::good ? 0 : kUntestable;
  }

  Workshop& workshop_;
  ProgressView& view_;
  Environment& environment_;
  CommitId commit_;
  Symptom symptom_;
  Duration time_;
  int runs_;
  bool all_;
  bool built_ = false;
  bool broken_ = false;
  int number_ = 0;
  std::vector<RunOutcome> outcomes_;
};

int test_on(const Recipe& recipe, std::vector<Board> boards, const CommitId& commit,
            const TestOptions& options, Environment& environment) {
  const auto directory =
      environment.lab / "tests" / (recipe.name + "-" + commit.substr(0, 12) + "-" + random_hex(2));
  std::vector<std::string> names;
  names.reserve(boards.size());
  for (const Board& board : boards) names.push_back(board.name);
  ProgressView view(screen_of(environment), environment.clock, names);
  view.title("test " + commit.substr(0, 12));
  auto workshop = Workshop::open(
      recipe, std::move(boards), directory, environment,
      {[&view](const RunProgress& progress) { view.run_progress(progress); },
       [&view](const CommitId& built, const std::string& line) { view.build_progress(built, line); },
       [&view](const std::string& line) { view.note(line); }});
  if (!workshop) return no_verdict(environment, workshop.error());
  auto code = CommitTest(**workshop, view, environment, recipe, commit, options).run();
  for (const Error& error : (*workshop)->close())
    view.note("rigbisect: " + error.what + ". THE MACHINE MAY STILL BE ON");
  if (!code) return no_verdict(environment, code.error());
  view.note("console logs are in " + (directory / "runs").string());
  return *code;
}

int test(const TestOptions& options, Environment& environment) {
  auto recipe = load_recipe(options.recipe);
  if (!recipe) return no_verdict(environment, recipe.error());
  auto boards = load_boards(options.boards, environment.drivers);
  if (!boards) return no_verdict(environment, boards.error());
  auto repository = Repository::open(recipe->tree);
  if (!repository)
    return no_verdict(environment, repository.error().within(recipe->file.string() + ": tree"));
  auto commit = repository->resolve(options.commit);
  if (!commit) return no_verdict(environment, commit.error());
  return test_on(*recipe, std::move(*boards), *commit, options, environment);
}

}  // namespace

void add_test(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<TestOptions>();
  auto* command = app.add_subcommand("test", "Build one commit and run the reproducer on it; no bisection");
  command->add_option("RECIPE", options->recipe, "Recipe file (YAML)")->required();
  command->add_option("COMMIT", options->commit, "Revision to test")->required();
  command->add_option("-b,--board", options->boards, "Board file (YAML); give several to share the runs")
      ->required();
  command
      ->add_option("-n,--runs", options->runs, "Clean runs that make it good (default: the recipe's `runs`)")
      ->check(CLI::Range(1, 10000));
  command->add_flag("--all", options->all, "Do all runs, also after a crash: shows how often it crashes");
  command->footer(
      "Exit status, fit for `git bisect run`: 0 good, 1 bad (the symptom was seen), 125 cannot be tested,\n"
      "128 and more: no verdict (130 bad input or interrupted, 131 rig failed, 132 host failed).");
  command->callback([options, &environment, &exit_code] { exit_code = test(*options, environment); });
}

}  // namespace rigbisect
