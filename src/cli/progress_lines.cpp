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
  if (!snapshot.title.empty()) return snapshot.title + "  " + format_clock(now - snapshot.campaign_since);
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

// At most so many characters, none of them cut in two.
std::string cut(const std::string& line, std::size_t characters) {
  std::size_t end = 0;
  for (; end < line.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xc0U) != 0x80U;
    if (begins && characters-- == 0) break;
  }
  return line.substr(0, end);
}

std::vector<std::string> board_lines(const ProgressSnapshot& snapshot, TimePoint now, std::size_t name_width,
                                     std::size_t room) {  // room: at least 1
  std::vector<std::string> busy;
  std::vector<std::string> idle;
  for (const auto& [name, board] : snapshot.boards)
    (board.busy ? busy : idle).push_back(board_line(padded(name, name_width), board, snapshot, now));
  std::vector<std::string> lines = std::move(busy);
  lines.insert(lines.end(), idle.begin(), idle.end());
  if (lines.size() <= room) return lines;
  const std::size_t hidden = lines.size() - (room - 1);
  lines.resize(room - 1);
  lines.push_back("and " + std::to_string(hidden) + " more boards");
  return lines;
}

}  // namespace

std::vector<std::string> progress_lines(const ProgressSnapshot& snapshot, TimePoint now, TerminalSize size) {
  std::vector<std::string> lines{headline(snapshot, now)};
  std::size_t name_width = 5;
  for (const auto& [name, board] : snapshot.boards) name_width = std::max(name_width, name.size());
  if (snapshot.build) {
    lines.push_back(padded("build", name_width) + "  " + snapshot.build->commit.substr(0, 12) + "  " +
                    elapsed(snapshot.build->since, now, snapshot.usual_build) + "  " + snapshot.build->line);
  }
  // One row stays free for the cursor.
  const std::size_t room = size.rows > lines.size() + 2 ? size.rows - lines.size() - 1 : 1;
  for (std::string& line : board_lines(snapshot, now, name_width, room)) lines.push_back(std::move(line));
  for (std::string& line : lines) line = cut(printable(line), size.columns);
  return lines;
}

}  // namespace rigbisect
