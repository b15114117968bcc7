#include "crash/report_text.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "crash/console_line.h"
#include "crash/frame.h"
#include "crash/frame_table.h"
#include "crash/oops_scan.h"
#include "crash/oops_table.h"
#include "crash/pattern.h"
#include "crash/text_lines.h"

namespace rigbisect {
namespace {

constexpr auto npos = std::string_view::npos;

bool contains_any(std::string_view line, std::span<const std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [&](auto text) { return line.find(text) != npos; });
}

// Blank lines belong to a report; what is left of a line when a marker was cut out of it does not.
bool only_marker(std::string_view raw, std::string_view text) {
  return text.empty() && raw.find("@rb1 ") != npos;
}

class Cutter {
 public:
  explicit Cutter(std::string_view oops_line) : context_(line_context(oops_line)) {}

  void line_before(std::string_view line) {
    if (line_context(line) != context_) return;
    const auto stripped = strip_prefix(line, context_);
    if (stripped.text.empty() || stripped.questionable) return;
    const std::size_t limit = is_task_context(context_) ? 50 : 5;
    prefix_.emplace_back(stripped.text);
    if (prefix_.size() > limit) prefix_.pop_front();
  }

  void line_of_report(std::string_view raw, std::string_view line, bool is_oops, bool first) {
    const auto context = line_context(line);
    if (context != context_ && !(other_cpus_ && is_cpu_context(context))) return;
    const auto stripped = strip_prefix(line, context);
    if (stripped.questionable || only_marker(raw, stripped.text)) return;
    if (!first && second_ == npos && begins_another(line, is_oops)) second_ = text_.size();
    if (ends_text(line)) skip_ = true;
    if (skip_ || line.find("Disabling lock debugging due to kernel taint") != npos) return;
    if (line.find("Sending NMI from CPU") != npos) other_cpus_ = true;
    if (first) is_kmsan_ = line.find("KMSAN") != npos;
    append(stripped.text);
  }

  ReportText take(std::size_t last_oops) {
    ReportText result;
    for (const auto& line : prefix_) result.prefix += line + '\n';
    const bool mixed = is_shared_context(context_);
    result.own_size = mixed ? std::min(second_, text_.size()) : text_.size();
    result.text = std::move(text_);
    result.last_oops = last_oops;
    return result;
  }

 private:
  static bool begins_another(std::string_view line, bool is_oops) {
    return (is_oops && !contains_any(line, continuation_lines())) ||
           contains_any(line, info_messages_with_stack());
  }

  // A panic or a lockdep report behind a whole report is only its echo.
  bool ends_text(std::string_view line) const {
    const std::size_t enough = is_kmsan_ ? 16 : 22;
    return lines_ > enough && (line.find("Kernel panic - not syncing") != npos ||
                               line.find("possible circular locking dependency") != npos);
  }

  void append(std::string_view line) {
    ++lines_;
    if (text_.size() + line.size() >= max_report_text) {
      skip_ = true;
      return;
    }
    text_.append(line) += '\n';
  }

  std::string context_;
  std::deque<std::string> prefix_;
  std::string text_;
  std::size_t second_ = npos;
  std::size_t lines_ = 0;
  bool other_cpus_ = false;
  bool skip_ = false;
  bool is_kmsan_ = false;
};

bool is_stack_start(std::string_view line) {
  return std::any_of(stack_starts().begin(), stack_starts().end(),
                     [&](auto start) { return matches(start, line); });
}

}  // namespace

ReportText cut_report(std::string_view bytes, std::size_t oops) {
  std::string scratch;
  const auto oops_line = line_at(bytes, oops);
  Cutter cutter(clean_line(bytes.substr(oops, oops_line.end - oops), scratch));
  std::size_t last_oops = oops_line.end;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto raw = line_at(bytes, at);
    const auto raw_text = bytes.substr(at, raw.end - at);
    const auto line = clean_line(raw_text, scratch);
    if (at < oops) {
      cutter.line_before(line);
    } else {
      const bool is_oops = oops_family_of(line) != nullptr;
      if (is_oops) last_oops = raw.end;
      cutter.line_of_report(raw_text, line, is_oops, at == oops);
    }
    at = raw.next;
  }
  return cutter.take(last_oops);
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
      found = lines[j].find("(stack is not available)") != npos || is_frame_line(lines[j]);
    }
    if (!found) return false;
    any = true;
  }
  return any;
}

}  // namespace rigbisect
