#include "crash/log_lines.h"

#include "crash/console_line.h"
#include "crash/oops_scan.h"

namespace rigbisect {

LogLines::LogLines(std::string_view bytes, std::size_t from, std::size_t limit) {
  std::string scratch;
  while (from < bytes.size() && lines_.size() < limit) {
    const auto raw = line_at(bytes, from);
    const auto raw_text = bytes.substr(from, raw.end - from);
    auto text = clean_line(raw_text, scratch);
    const bool copied = text.data() < raw_text.data() || text.data() > raw_text.data() + raw_text.size();
    if (copied) text = keep(std::string(text));
    auto line = take_apart(text, raw.start, raw.end);
    line.only_marker = line.text.empty() && raw_text.find("@rb1 ") != raw_text.npos;
    lines_.push_back(line);
    from = raw.next;
  }
}

std::string_view LogLines::keep(std::string text) {
  return kept_.emplace_back(std::move(text));
}

LogLine LogLines::take_apart(std::string_view line, std::size_t start, std::size_t end) const {
  LogLine result{start, end, line_context(line), {}, false, false, false};
  const auto stripped = strip_prefix(line, result.context);
  result.text = stripped.text;
  result.questionable = stripped.questionable;
  result.oops = oops_family_of(line) != nullptr;
  return result;
}

}  // namespace rigbisect
