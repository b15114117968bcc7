#include "crash/log_lines.h"

#include <algorithm>

#include "crash/console_line.h"
#include "crash/find_text.h"
#include "crash/oops_scan.h"

namespace rigbisect {

LogLine::LogLine(std::string_view line, std::size_t line_start, std::size_t line_end)
    : start(line_start), end(line_end) {
  const auto prefix = line_prefix(line, words);
  context = prefix.context;
  text = line.substr(prefix.end);
  odd_prefix = prefix.odd;
  questionable = !context.empty() && is_guess(text);
  oops = oops_family_of(line, words) != nullptr;
}

LogLines::LogLines(std::string_view bytes, std::size_t from, std::size_t limit) {
  constexpr std::size_t short_line = 40;  // on average, hardly any log has shorter ones
  lines_.reserve(std::min(limit, (bytes.size() - from) / short_line + 1));
  std::string scratch;
  std::string_view context;  // of the line before
  while (from < bytes.size() && lines_.size() < limit) {
    const auto raw = line_at(bytes, from);
    const auto raw_text = bytes.substr(from, raw.end - from);
    auto text = clean_line(raw_text, scratch);
    const bool copied = text.data() < raw_text.data() || text.data() > raw_text.data() + raw_text.size();
    if (copied) text = keep(std::string(text));
    auto& line = lines_.emplace_back(text, raw.start, raw.end);
    line.only_marker = line.text.empty() && has_text(raw_text, "@rb1 ");
    if (same_context(context, line.context)) line.context = context;
    context = line.context;
    from = raw.next;
  }
}

std::string_view LogLines::keep(std::string text) {
  return kept_.emplace_back(std::move(text));
}

void LogLines::put(LogLine& line, std::string text) {
  line.text = keep(std::move(text));
  line.words = words_in(line.text);
}

}  // namespace rigbisect
