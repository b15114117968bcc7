#include "crash/log_lines.h"

#include <algorithm>

#include "crash/console_line.h"
#include "crash/find_text.h"
#include "crash/oops_scan.h"

namespace rigbisect {
LogLines::LogLines(std::string_view bytes, std::size_t from, std::size_t limit) {
  constexpr std::size_t usual_line = 64;
  lines_.reserve(std::min(limit, (bytes.size() - from) / usual_line + 1));
  std::string scratch;
  while (from < bytes.size() && lines_.size() < limit) {
    const auto raw = line_at(bytes, from);
    const auto raw_text = bytes.substr(from, raw.end - from);
    auto text = clean_line(raw_text, scratch);
    const bool copied = text.data() < raw_text.data() || text.data() > raw_text.data() + raw_text.size();
    if (copied) text = keep(std::string(text));
    auto line = take_apart(text, raw.start, raw.end);
    line.only_marker = line.text.empty() && has_text(raw_text, "@rb1 ");
    if (!lines_.empty() && lines_.back().context == line.context) line.context = lines_.back().context;
    lines_.push_back(line);
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

LogLine LogLines::take_apart(std::string_view line, std::size_t start, std::size_t end) const {
  LogLine result;
  result.start = start;
  result.end = end;
  const auto prefix = line_prefix(line, result.words);
  result.context = prefix.context;
  result.text = line.substr(prefix.end);
  result.odd_prefix = prefix.odd;
  result.questionable = !result.context.empty() && is_guess(result.text);
  result.oops = oops_family_of(line, result.words) != nullptr;
  return result;
}

}  // namespace rigbisect
