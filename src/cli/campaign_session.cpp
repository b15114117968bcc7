#include "cli/campaign_session.h"

#include <fstream>
#include <ostream>

#include "base/text.h"
#include "cli/activity_log.h"
#include "cli/board_check.h"
#include "cli/campaign_result.h"
#include "cli/progress_view.h"
#include "cli/recorded_campaign.h"
#include "cli/terminal.h"
#include "cli/workshop.h"
#include "git/repository.h"
#include "os/file.h"
#include "report/bisect_log.h"
#include "report/result_json.h"

namespace rigbisect {
namespace {

// The view, and the log on the screen and in the campaign's directory.
class Telling : public CampaignObserver {
 public:
  Telling(ProgressView& view, ActivityLog& activity, const std::filesystem::path& file,
          const BisectLog::DetailsOf& details_of)
      : view_(view),
        activity_(activity),
        file_(file, std::ios::trunc),
        file_log_(
            [this](std::string_view text) {
              file_.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
            },
            details_of),
        screen_log_(
            [this](std::string_view text) {
              if (!quiet_) view_.log(std::string(text));
            },
            details_of) {}

  // What an earlier process told already goes to the file only.
  void replay(const std::vector<story::Item>& story) {
    quiet_ = true;
    for (const auto& item : story) add(item);
    replayed_ = story.size();
    quiet_ = false;
  }

  void finish(const Totals& totals) {
    file_log_.finish(totals);
    screen_log_.finish(totals);
  }
  bool file_ok() const { return file_.good(); }

  void started(const Task& task) override { view_.started(task); }
  void cancelled(const Task& task) override { view_.cancelled(task); }
  void recorded(const Event& event) override {
    view_.recorded(event);
    activity_.recorded(event);
  }
  void stands(const Standing& standing) override { view_.stands(standing); }
  void told(const std::vector<story::Item>& story, std::size_t first_new) override {
    for (std::size_t i = std::max(first_new, replayed_); i < story.size(); ++i) add(story[i]);
  }

 private:
  void add(const story::Item& item) {
    file_log_.add(item);
    screen_log_.add(item);
  }

  ProgressView& view_;
  ActivityLog& activity_;
  std::ofstream file_;
  bool quiet_ = false;
  std::size_t replayed_ = 0;
  BisectLog file_log_;
  BisectLog screen_log_;
};

std::string how_to_resume(const CampaignHeader& header) {
  return "`rigbisect resume " + header.id + "` goes on";
}

ExitCode code_for_end(const Result<CampaignEnd>& end, const CampaignHeader& header,
                      const Bisection& bisection, ProgressView& view) {
  if (!end) {
    view.note("rigbisect: " + end.error().what + ". Nothing recorded is lost; " + how_to_resume(header));
    return exit_code_for(end.error());
  }
  switch (*end) {
    case CampaignEnd::finished:
      return exit_code_for(bisection.story());
    case CampaignEnd::interrupted:
      view.note("stopped; " + how_to_resume(header));
      return ExitCode::interrupted;
    case CampaignEnd::no_board:
      view.note("rigbisect: no board is left, each was set aside for the reason above. Mend one, then " +
                how_to_resume(header));
      return ExitCode::rig_failed;
  }
  return ExitCode::host_failed;
}

// Everything that outlives a campaign's work: run log, header and what was recorded before.
struct Started {
  RunLog& run_log;
  const CampaignHeader& header;
  Bisection bisection;
  std::vector<Event> events;
};

void conclude(Started& started, Telling& telling, ProgressView& view, Environment& environment) {
  const Duration total = environment.clock.wall() - std::chrono::milliseconds(started.header.started_ms);
  const Totals totals = add_up(started.events, total);
  telling.finish(totals);
  const auto directory = started.run_log.artefacts(started.header.id);
  const auto json =
      write_file_atomically(directory / "result.json", result_json(started.bisection.story(), totals));
  if (!json) view.note("rigbisect: " + json.error().what);
  if (!telling.file_ok())
    view.note("rigbisect: " + (directory / "bisect.log").string() +
              " is incomplete: is the disk full? `rigbisect log` prints the log");
  if (!started.bisection.finished()) return;
  if (auto kept = started.run_log.finish(started.header.id, result_line(started.bisection.story())); !kept) {
    view.note("rigbisect: " + kept.error().what);
  }
}

ExitCode work(Started& started, const Recipe& recipe, std::vector<Board> boards,
              const BisectLog::DetailsOf& details_of, Environment& environment) {
  const auto directory = started.run_log.artefacts(started.header.id);
  std::vector<std::string> names;
  names.reserve(boards.size());
  for (const Board& board : boards) names.push_back(board.name);
  ProgressView view(screen_of(environment), environment.clock, names);
  ActivityLog activity(directory / "activity.log");
  Telling telling(view, activity, directory / "bisect.log", details_of);
  if (!started.events.empty()) telling.replay(started.bisection.story());

  auto workshop = Workshop::open(
      recipe, std::move(boards), directory, environment,
      {[&view, &activity](const RunProgress& progress) {
         view.run_progress(progress);
         activity.run_progress(progress);
       },
       [&view](const CommitId& commit, const std::string& line) { view.build_progress(commit, line); },
       [&view, &activity](const std::string& line) {
         view.note(line);
         activity.note(line);
       }});
  if (!workshop) return report_error(environment.err, workshop.error());
  std::filesystem::remove(directory / kBoardsOff);
  view.note("campaign " + started.header.id + " in " + directory.string());
  const auto append = [&](const Event& event) -> Result<void> {
    auto durable = started.run_log.append(started.header.id, event, environment.clock.wall().count());
    if (durable) started.events.push_back(event);
    return durable;
  };
  const auto end = Campaign(started.bisection, (*workshop)->crew(), append, telling).run(environment.stop);
  if (end && *end == CampaignEnd::interrupted) view.note("stopping: the boards are switched off");
  const auto still_on = (*workshop)->close();
  if (still_on.empty()) {
    if (auto noted = write_file_atomically(directory / kBoardsOff, ""); !noted)
      view.note("rigbisect: " + noted.error().what);
  }
  conclude(started, telling, view, environment);
  ExitCode code = code_for_end(end, started.header, started.bisection, view);
  for (const Error& error : still_on) {
    view.note("rigbisect: " + error.what + ". THE MACHINE MAY STILL BE ON");
    if (code != ExitCode::interrupted) code = ExitCode::rig_failed;
  }
  return code;
}

}  // namespace

ExitCode run_campaign(RunLog& run_log, const CampaignHeader& header, const Recipe& recipe,
                      std::vector<Board> boards, Environment& environment) {
  auto lock = run_log.lock(header.id);
  if (!lock) return report_error(environment.err, lock.error());
  auto repository = Repository::open(recipe.tree);
  if (!repository) return report_error(environment.err, repository.error());
  std::vector<LoggedEvent> logged;
  auto bisection = replay(run_log, header, recipe, *repository, logged, environment.stop);
  if (!bisection) return report_error(environment.err, bisection.error());
  bisection->resume();
  Started started{run_log, header, std::move(*bisection), {}};
  for (auto& entry : logged) started.events.push_back(std::move(entry.event));
  const auto details_of = [&repository](const CommitId& commit) -> std::optional<CommitDetails> {
    auto details = repository->details(commit);
    if (!details) return std::nullopt;
    return std::move(*details);
  };
  if (started.bisection.finished()) {
    environment.out << printable(
        bisect_log(started.bisection.story(), add_up(started.events, {}), details_of), true);
    return exit_code_for(started.bisection.story());
  }
  return work(started, recipe, std::move(boards), details_of, environment);
}

ProgressView::Screen screen_of(Environment& environment) {
  return {environment.out, environment.err, environment.live};
}

Result<std::vector<Board>> load_boards(const std::vector<std::string>& files, const DriverTable& drivers) {
  std::vector<Board> boards;
  std::string problems;
  for (const std::string& file : files) {
    auto board = load_board(file, drivers);
    if (!board) {
      problems += (problems.empty() ? "" : "\n") + board.error().what;
    } else {
      boards.push_back(std::move(*board));
    }
  }
  if (problems.empty()) problems = join(board_conflicts(boards, drivers), "\n");
  if (!problems.empty()) return Error{Errc::invalid, problems};
  return boards;
}

}  // namespace rigbisect
