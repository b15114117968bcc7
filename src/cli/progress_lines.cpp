#include "cli/progress_lines.h"

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

std::string elapsed(TimePoint since, TimePoint now, const std::optional<Duration>& usual) {
  std::string text = format_clock(now - since);
  if (usual) text += "/~" + format_clock(*usual);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string headline(const ProgressSnapshot& snapshot, TimePoint now) {
  const Standing& standing = snapshot.standing;
  std::string text = to_string(standing.phase);
  if (standing.commit) text += " " + standing.commit->substr(0, 12);
  if (standing.runs_wanted > 0) {
    text += "  run " + std::to_string(standing.runs_done) + " of " + std::to_string(standing.runs_wanted);
  }
  if (standing.phase == Phase::search) {
    text += "  " + std::to_string(standing.revisions_left) + " revisions left (~" +
            std::to_string(standing.steps_left) + " steps)";
  }
  return text + "  " + format_clock(now - snapshot.campaign_since);
}

std::string board_line(const std::string& name, const ProgressSnapshot::Board& board,
                       const ProgressSnapshot& snapshot, TimePoint now) {
  if (!board.busy) return name + "  " + (board.note.empty() ? "idle" : board.note);
  std::string text = name + "  " + board.commit.substr(0, 12) + "  " +
                     elapsed(board.since, now, snapshot.usual_run) + "  " + board.progress.stage;
  if (board.progress.executions > 0) text += ", execution " + std::to_string(board.progress.executions);
  if (!board.progress.detail.empty()) text += "  " + board.progress.detail;
  return text;
}

}  // namespace

std::vector<std::string> progress_lines(const ProgressSnapshot& snapshot, TimePoint now, std::size_t width) {
  std::vector<std::string> lines{headline(snapshot, now)};
  std::size_t name_width = 5;
  for (const auto& [name, board] : snapshot.boards) name_width = std::max(name_width, name.size());
  if (snapshot.build) {
    lines.push_back(padded("build", name_width) + "  " + snapshot.build->commit.substr(0, 12) + "  " +
                    elapsed(snapshot.build->since, now, snapshot.usual_build) + "  " + snapshot.build->line);
  }
  for (const auto& [name, board] : snapshot.boards)
    lines.push_back(board_line(padded(name, name_width), board, snapshot, now));
  for (std::string& line : lines) line = printable(line).substr(0, width);
  return lines;
}

}  // namespace rigbisect
