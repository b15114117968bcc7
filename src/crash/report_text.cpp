#include "crash/report_text.h"

#include <algorithm>
#include <vector>

#include "crash/console_line.h"
#include "crash/find_text.h"
#include "crash/frame.h"
#include "crash/frame_table.h"
#include "crash/oops_table.h"
#include "crash/pattern.h"
#include "crash/text_lines.h"

namespace rigbisect {
namespace {

constexpr auto npos = std::string_view::npos;

bool contains_any(std::string_view line, std::span<const std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [&](auto text) { return has_text(line, text); });
}

class Cutter {
 public:
  explicit Cutter(const LogLine& oops_line) : context_(oops_line.context) {}

  void line_of_report(const LogLine& line, bool first) {
    if (line.oops) last_oops_ = line.end;
    if (line.context != context_ && !(other_cpus_ && is_cpu_context(line.context))) return;
    if (line.questionable || line.only_marker) return;
    if (!first && second_ == npos && begins_another(line)) second_ = text_.size();
    if (ends_text(line.text)) skip_ = true;
    if (skip_ || has_text(line.text, "Disabling lock debugging due to kernel taint")) return;
    if (has_text(line.text, "Sending NMI from CPU")) other_cpus_ = true;
    if (first) is_kmsan_ = has_text(line.text, "KMSAN");
    append(line.text);
  }

  ReportText take() {
    ReportText result;
    const bool mixed = is_shared_context(context_);
    result.own_size = mixed ? std::min(second_, text_.size()) : text_.size();
    result.text = std::move(text_);
    result.last_oops = last_oops_;
    return result;
  }

 private:
  static bool begins_another(const LogLine& line) {
    return (line.oops && !contains_any(line.text, continuation_lines())) ||
           contains_any(line.text, info_messages_with_stack());
  }

  // A panic or a lockdep report behind a whole report is only its echo.
  bool ends_text(std::string_view line) const {
    const std::size_t enough = is_kmsan_ ? 16 : 22;
    return lines_ > enough && (has_text(line, "Kernel panic - not syncing") ||
                               has_text(line, "possible circular locking dependency"));
  }

  void append(std::string_view line) {
    ++lines_;
    if (text_.size() + line.size() >= max_report_text) {
      skip_ = true;
      return;
    }
    text_.append(line) += '\n';
  }

  std::string_view context_;
  std::string text_;
  std::size_t second_ = npos;
  std::size_t last_oops_ = 0;
  std::size_t lines_ = 0;
  bool other_cpus_ = false;
  bool skip_ = false;
  bool is_kmsan_ = false;
};

// The lines of the same context in front of the report, the nearest last.
std::string prefix_of(std::string_view before, std::string_view context) {
  const std::size_t limit = is_task_context(context) ? 50 : 5;
  std::vector<std::string> nearest;
  std::string scratch;
  while (!before.empty() && nearest.size() < limit) {
    before.remove_suffix(before.back() == '\n' ? 1 : 0);
    const auto feed = before.rfind('\n');
    const auto start = feed == npos ? 0 : feed + 1;
    const auto line = clean_line(before.substr(start), scratch);
    before = before.substr(0, start);
    if (line_context(line) != context) continue;
    const auto stripped = strip_prefix(line, context);
    if (!stripped.text.empty() && !stripped.questionable) nearest.emplace_back(stripped.text);
  }
  std::string prefix;
  for (auto line = nearest.rbegin(); line != nearest.rend(); ++line) prefix += *line + '\n';
  return prefix;
}

}  // namespace

ReportText cut_report(std::string_view before, std::span<const LogLine> lines) {
  Cutter cutter(lines.front());
  for (const auto& line : lines) cutter.line_of_report(line, &line == &lines.front());
  auto text = cutter.take();
  text.prefix = prefix_of(before, lines.front().context);
  return text;
}

bool has_sound_traces(std::string_view text) {
  std::vector<std::string_view> lines;
  TextLines walker(text);
  for (std::string_view line; walker.next(line);) lines.push_back(line);
  constexpr std::size_t least_lines = 3;
  constexpr std::size_t look_ahead = 15;
  bool any = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_stack_start(lines[i])) continue;
    if (lines.size() - i < least_lines) return false;
    if (matches(stack_starts().back(), lines[i])) continue;
    bool found = false;
    for (auto j = i + 1; j < std::min(lines.size(), i + 1 + look_ahead) && !found; ++j) {
      if (is_stack_start(lines[j])) break;
      found = has_text(lines[j], "(stack is not available)") || is_frame_line(lines[j]);
    }
    if (!found) return false;
    any = true;
  }
  return any;
}

}  // namespace rigbisect
