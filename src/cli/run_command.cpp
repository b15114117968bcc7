#include "cli/run_command.h"

#include <ctime>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/campaign_inputs.h"
#include "cli/campaign_result.h"
#include "cli/campaign_session.h"
#include "cli/goal.h"
#include "git/repository.h"

namespace rigbisect {
namespace {

struct BeginOptions {
  std::string recipe;
  std::vector<std::string> boards;
};

struct ResumeOptions {
  std::string campaign;
  std::vector<std::string> boards;
};

std::string campaign_id(const Recipe& recipe, std::chrono::milliseconds wall) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(wall).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  return recipe.name + "-" + stamp + "-" + random_hex(2);
}

Result<CampaignHeader> make_header(const Recipe& recipe, const std::vector<Board>& boards,
                                   Environment& environment) {
  auto repository = Repository::open(recipe.tree);
  if (!repository) return repository.error().within(recipe.file.string() + ": tree");
  auto range = resolve_range(recipe, *repository);
  if (!range) return range.error();
  CampaignHeader header;
  header.id = campaign_id(recipe, environment.clock.wall());
  header.recipe_text = recipe.text;
  header.recipe_file = recipe.file.string();
  for (const Board& board : boards)
    header.board_files.push_back(std::filesystem::absolute(board.file).string());
  header.bad = range->bad;
  header.good = range->good;
  header.releases = range->releases;
  header.started_ms = environment.clock.wall().count();
  return header;
}

ExitCode begin(const BeginOptions& options, Environment& environment) {
  auto recipe = load_recipe(options.recipe);
  if (!recipe) return report_error(environment.err, recipe.error());
  auto boards = load_boards(options.boards, environment.drivers);
  if (!boards) return report_error(environment.err, boards.error());
  auto header = make_header(*recipe, *boards, environment);
  if (!header) return report_error(environment.err, header.error());
  auto run_log = RunLog::open(environment.lab);
  if (!run_log) return report_error(environment.err, run_log.error());
  if (auto made = (*run_log)->create(*header); !made) return report_error(environment.err, made.error());
  const auto kept = remember_inputs(*recipe, (*run_log)->artefacts(header->id));
  const ExitCode code = kept ? run_campaign(**run_log, *header, *recipe, std::move(*boards), environment)
                             : report_error(environment.err, kept.error());
  // A campaign that never got going would only be in the way of `rigbisect status` and `resume`.
  const auto recorded = (*run_log)->events(header->id);
  if ((!kept || code == ExitCode::bad_input || code == ExitCode::rig_failed) && recorded &&
      recorded->empty()) {
    if (auto discarded = (*run_log)->discard(header->id); !discarded) {
      return report_error(environment.err, discarded.error());
    }
  }
  return code;
}

ExitCode resume(const ResumeOptions& options, Environment& environment) {
  auto run_log = RunLog::open(environment.lab);
  if (!run_log) return report_error(environment.err, run_log.error());
  auto header = (*run_log)->header(options.campaign);
  if (!header) return report_error(environment.err, header.error());
  auto recipe = parse_recipe(header->recipe_text, header->recipe_file);
  if (!recipe)
    return report_error(environment.err,
                        recipe.error().within("the recipe as kept with campaign " + header->id));
  if (auto same = check_inputs(*recipe, (*run_log)->artefacts(header->id)); !same)
    return report_error(environment.err, same.error().within("campaign " + header->id));
  auto boards =
      load_boards(options.boards.empty() ? header->board_files : options.boards, environment.drivers);
  if (!boards) return report_error(environment.err, boards.error());
  return run_campaign(**run_log, *header, *recipe, std::move(*boards), environment);
}

}  // namespace

void add_run(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<BeginOptions>();
  auto* command =
      app.add_subcommand("run", "Bisect: find the commit that a recipe asks for, on these boards");
  command->add_option("RECIPE", options->recipe, "Recipe file (YAML): tree, bad, good, kernel, reproducer")
      ->required();
  command->add_option("-b,--board", options->boards, "Board file (YAML); give several to work in parallel")
      ->required();
  command->footer(
      "The bisection log goes to standard output, and to bisect.log in the campaign's directory; trouble "
      "with the rig goes to\n"
      "standard error. Ctrl-C stops and switches the boards off; `rigbisect resume` goes on where it "
      "stopped.");
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(begin(*options, environment)); });
}

void add_resume(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<ResumeOptions>();
  auto* command =
      app.add_subcommand("resume", "Go on with a campaign that was stopped, killed or ran out of boards");
  command->add_option("CAMPAIGN", options->campaign, "Its name or the beginning of it (default: the newest)");
  command->add_option("-b,--board", options->boards, "Board files to use instead of those it began with");
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(resume(*options, environment)); });
}

}  // namespace rigbisect
