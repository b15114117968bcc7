#include "crash/report_text.h"

#include <algorithm>
#include <vector>

#include "crash/console_line.h"
#include "crash/find_text.h"
#include "crash/frame.h"
#include "crash/frame_table.h"
#include "crash/oops_table.h"
#include "crash/report_table.h"

namespace rigbisect {
namespace {

class Cutter {
 public:
  explicit Cutter(std::span<const LogLine> log) : context_(log.front().context) {
    lines_.reserve(log.size());
  }

  void line_of_report(const LogLine& line, bool first) {
    static const RuleList dropped(dropped_lines());
    static const RuleList other_cpus(other_cpu_starts());
    if (line.oops) last_oops_ = line.end;
    if (!same_context(line.context, context_) && !(other_cpus_ && is_cpu_context(line.context))) return;
    if (line.questionable || line.only_marker) return;
    if (!first && second_ == npos && begins_another(line)) second_ = lines_.size();
    if (ends_text(line)) skip_ = true;
    if (skip_ || dropped.fits(line.text, line.words)) return;
    if (other_cpus.fits(line.text, line.words)) other_cpus_ = true;
    if (first) is_kmsan_ = has_text(line.text, "KMSAN");
    append(line);
  }

  ReportText take() {
    ReportText result;
    const bool mixed = is_shared_context(context_);
    result.own_lines = mixed ? std::min(second_, lines_.size()) : lines_.size();
    result.text.reserve(size_);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      result.text.append(lines_[i].text) += '\n';
      if (i < result.own_lines) result.own_size = result.text.size();
    }
    result.lines = std::move(lines_);
    result.last_oops = last_oops_;
    return result;
  }

 private:
  static bool begins_another(const LogLine& line) {
    static const RuleList continuations(continuation_lines());
    static const RuleList infos(info_messages_with_stack());
    return (line.oops && !continuations.fits(line.text, line.words)) || infos.fits(line.text, line.words);
  }

  // A panic or a lockdep report behind a whole report is only its echo.
  bool ends_text(const LogLine& line) const {
    static const RuleList ends(report_ends());
    const std::size_t enough = is_kmsan_ ? 16 : 22;
    return lines_.size() > enough && ends.fits(line.text, line.words);
  }

  void append(const LogLine& line) {
    if (size_ + line.text.size() >= max_report_text) {
      skip_ = true;
      return;
    }
    size_ += line.text.size() + 1;
    lines_.push_back({line.text, line.words});
  }

  std::string_view context_;
  std::vector<WordedLine> lines_;
  std::size_t size_ = 0;  // of the text
  std::size_t second_ = npos;
  std::size_t last_oops_ = 0;
  bool other_cpus_ = false;
  bool skip_ = false;
  bool is_kmsan_ = false;
};

// The lines of the same context in front of the report, the nearest last.
std::string prefix_of(std::string_view before, std::string_view context) {
  const std::size_t limit = is_task_context(context) ? 50 : 5;
  std::vector<std::string> nearest;
  std::string scratch;
  WordSet words;
  while (!before.empty() && nearest.size() < limit) {
    before.remove_suffix(before.back() == '\n' ? 1 : 0);
    const auto feed = before.rfind('\n');
    const auto start = feed == npos ? 0 : feed + 1;
    const auto line = clean_line(before.substr(start), scratch);
    before = before.substr(0, start);
    const auto prefix = line_prefix(line, words);
    if (prefix.context != context) continue;
    const auto text = line.substr(prefix.end);
    const bool guess = !context.empty() && is_guess(text);
    if (!text.empty() && !guess) nearest.emplace_back(text);
  }
  std::string prefix;
  for (auto line = nearest.rbegin(); line != nearest.rend(); ++line) prefix += *line + '\n';
  return prefix;
}

constexpr std::size_t least_trace = 3;  // lines, the first included

// Whether a frame, or that there is none, stands near enough behind the first line.
bool begins_with_frames(std::span<const WordedLine> trace) {
  static const RuleList missing(missing_stacks());
  constexpr std::size_t look_ahead = 15;
  if (trace.size() < least_trace) return false;
  for (const auto& line : trace.subspan(1, std::min(look_ahead, trace.size() - 1))) {
    if (is_stack_start(line)) return false;
    if (missing.fits(line) || is_frame_line(line)) return true;
  }
  return false;
}

}  // namespace

ReportText cut_report(std::string_view before, std::span<const LogLine> lines) {
  Cutter cutter(lines);
  for (const auto& line : lines) cutter.line_of_report(line, &line == &lines.front());
  auto text = cutter.take();
  text.prefix = prefix_of(before, lines.front().context);
  return text;
}

bool has_sound_traces(std::span<const WordedLine> lines) {
  static const RuleList starts(stack_starts());
  static const RuleList headings(stack_headings());
  std::vector<bool> seen(starts.size() + headings.size());
  bool any = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (!is_stack_start(line) && !headings.fits(line)) continue;
    const bool sound = begins_with_frames(lines.subspan(i));
    for (std::size_t kind = 0; kind < seen.size(); ++kind) {
      const bool heading = kind >= starts.size();
      const auto& rules = heading ? headings : starts;
      if (seen[kind] || !rules.rule_fits(heading ? kind - starts.size() : kind, line)) continue;
      seen[kind] = true;
      // The last line of a register dump begins a trace only where no other does.
      const bool needs_frames = heading || kind + 1 < starts.size();
      if (!sound && (needs_frames || lines.size() - i < least_trace)) return false;
      any |= sound;
    }
  }
  return any;
}

}  // namespace rigbisect
