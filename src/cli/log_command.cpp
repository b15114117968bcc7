#include "cli/log_command.h"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/campaign_result.h"
#include "cli/recorded_campaign.h"
#include "report/bisect_log.h"
#include "report/git_log.h"

namespace rigbisect {
namespace {

struct LogOptions {
  std::string campaign;
  bool git = false;
};

std::string subject_of(const CommitDetails& details) {
  return details.message.substr(0, details.message.find('\n'));
}

Result<std::string> log_text(const LogOptions& options, Environment& environment) {
  auto run_log = RunLog::open(environment.lab);
  if (!run_log) return run_log.error();
  auto campaign = load_campaign(**run_log, options.campaign, environment.stop);
  if (!campaign) return campaign.error();
  const auto details_of = [&campaign](const CommitId& commit) -> std::optional<CommitDetails> {
    auto details = campaign->repository.details(commit);
    if (!details) return std::nullopt;
    return std::move(*details);
  };
  const auto& story = campaign->bisection.story();
  if (!options.git) return bisect_log(story, campaign->totals, details_of);
  return git_bisect_log(story, [&details_of](const CommitId& commit) {
    const auto details = details_of(commit);
    return details ? subject_of(*details) : "";
  });
}

}  // namespace

void add_log(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<LogOptions>();
  auto* command = app.add_subcommand("log", "Print a campaign's bisection log");
  command->add_option("CAMPAIGN", options->campaign, "Its name or the beginning of it (default: the newest)");
  command->add_flag("--git", options->git, "As `git bisect log` would print it, for `git bisect replay`");
  command->callback([options, &environment, &exit_code] {
    const auto text = log_text(*options, environment);
    if (text) {
      environment.out << printable(*text, true);
      return;
    }
    exit_code = to_int(report_error(environment.err, text.error()));
  });
}

}  // namespace rigbisect
