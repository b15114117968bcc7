#include "cli/status_command.h"

#include <cmath>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/text.h"
#include "cli/campaign_result.h"
#include "cli/recorded_campaign.h"
#include "report/result_json.h"

namespace rigbisect {
namespace {

struct StatusOptions {
  std::string campaign;
  bool all = false;
  std::string format = "text";
};

// File names need not be UTF-8.
std::string one_line(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_text(const RecordedCampaign& campaign, std::ostream& out) {
  const Standing standing = campaign.bisection.standing();
  const std::string result = result_line(campaign.bisection.story());
  out << "campaign   " << campaign.header.id << "\n";
  out << "state      ";
  if (!result.empty()) {
    out << "finished: " << printable(result) << "\n";
  } else {
    out << to_string(standing.phase)
        << (campaign.running ? ", running" : ", stopped (`rigbisect resume` goes on)") << "\n";
  }
  if (result.empty() && standing.commit) {
    out << "testing    " << *standing.commit << ", run " << standing.runs_done << " of "
        << standing.runs_wanted << "\n";
  }
  if (result.empty() && standing.phase == Phase::search) {
    out << "left       " << standing.revisions_left << " revisions, roughly " << standing.steps_left
        << " steps" << (standing.time_left ? ", about " + format_clock(*standing.time_left) : "") << "\n";
  }
  out << "done       " << campaign.totals.revisions << " revisions in " << campaign.totals.runs << " runs, "
      << format_clock(campaign.totals.total) << " (build " << format_clock(campaign.totals.build) << ", test "
      << format_clock(campaign.totals.test) << ")\n";
  out << "boards     " << join(campaign.header.board_files, ", ") << "\n";
  if (!campaign.running && !campaign.boards_off) {
    out << "           may still be on: the last process was killed. `rigbisect resume`, or `rigbisect board "
           "power off FILE`\n";
  }
  out << "directory  " << campaign.directory.string() << "\n";
}

void print_json(const RecordedCampaign& campaign, std::ostream& out) {
  const Standing standing = campaign.bisection.standing();
  auto json = nlohmann::json::parse(result_json(campaign.bisection.story(), campaign.totals));
  json["campaign"] = campaign.header.id;
  json["running"] = campaign.running;
  json["directory"] = campaign.directory.string();
  json["standing"] = {
      {"phase", to_string(standing.phase)},
      {"commit", standing.commit ? nlohmann::json(*standing.commit) : nlohmann::json()},
      {"runs_done", standing.runs_done},
      {"runs_wanted", standing.runs_wanted},
      {"revisions_left", standing.revisions_left},
      {"steps_left", standing.steps_left},
      {"seconds_left", standing.time_left ? nlohmann::json(std::llround(
                                                std::chrono::duration<double>(*standing.time_left).count()))
                                          : nlohmann::json()}};
  out << one_line(json) << "\n";
}

Result<void> list_all(const RunLog& run_log, bool json, std::ostream& out) {
  auto campaigns = run_log.campaigns();
  if (!campaigns) return campaigns.error();
  for (const CampaignSummary& summary : *campaigns) {
    if (json) {
      out << one_line(
                 {{"campaign", summary.header.id}, {"events", summary.events}, {"result", summary.result}})
          << "\n";
    } else {
      out << summary.header.id << "  " << summary.events << " events  "
          << (summary.result.empty() ? "not finished" : printable(summary.result)) << "\n";
    }
  }
  return {};
}

Result<void> status(const StatusOptions& options, Environment& environment) {
  auto run_log = RunLog::open(environment.lab);
  if (!run_log) return run_log.error();
  const bool json = options.format == "json";
  if (options.all) return list_all(**run_log, json, environment.out);
  auto campaign = load_campaign(**run_log, options.campaign, environment.stop);
  if (!campaign) return campaign.error();
  json ? print_json(*campaign, environment.out) : print_text(*campaign, environment.out);
  return {};
}

}  // namespace

void add_status(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = app.add_subcommand("status", "How far a campaign is, or what it found");
  command->add_option("CAMPAIGN", options->campaign, "Its name or the beginning of it (default: the newest)");
  command->add_flag("--all", options->all, "One line for every campaign of this lab");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([options, &environment, &exit_code] {
    const auto done = status(*options, environment);
    if (done) return;
    exit_code = to_int(report_error(environment.err, done.error()));
  });
}

}  // namespace rigbisect
