#include "config/timings_text.h"

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::string_view kKey = "timings:";

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank_or_comment(std::string_view line) {
  const std::string_view text = trim(line);
  return text.empty() || text.front() == '#';
}

// "  firmware: 60s   # slow" with another value; the comment keeps its column where it can.
std::string with_value(std::string_view line, const std::string& name, const std::string& value) {
  std::string head = std::string(indentation(line), ' ') + name + ": " + value;
  const auto comment = line.find(" #");
  if (comment == std::string_view::npos) return head;
  const std::size_t gap = comment + 1 > head.size() ? comment + 1 - head.size() : 1;
  return head + std::string(gap, ' ') + std::string(line.substr(comment + 1));
}

}  // namespace

std::string timings_text(const TimingRows& rows) {
  std::string text = std::string(kKey) + "\n";
  for (const auto& [name, value] : rows) text += "  " + name + ": " + format_duration(value) + "\n";
  return text;
}

Result<std::string> with_timings(std::string_view yaml, const TimingRows& rows) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(yaml, '\n')) lines.emplace_back(line);
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto key = std::find_if(lines.begin(), lines.end(),
                                [](const std::string& line) { return line.starts_with(kKey); });
  if (key == lines.end()) return join(lines, "\n") + "\n" + timings_text(rows);
  if (!is_blank_or_comment(std::string_view(*key).substr(kKey.size()))) {
    return Error{Errc::invalid,
                 "`timings:` is written in one line; put its keys on lines of their own, or edit it by hand"};
  }
  const auto begin = static_cast<std::size_t>(key - lines.begin()) + 1;
  std::size_t end = begin;
  std::size_t indent = 2;
  for (std::size_t i = begin; i < lines.size(); ++i) {
    if (is_blank_or_comment(lines[i])) continue;
    if (indentation(lines[i]) == 0) break;
    if (end == begin) indent = indentation(lines[i]);
    end = i + 1;
  }
  for (const auto& [name, value] : rows) {
    const auto first = lines.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = lines.begin() + static_cast<std::ptrdiff_t>(end);
    const auto row = std::find_if(first, last, [&, &name = name](const std::string& line) {
      return trim(line).starts_with(name + ":");
    });
    const std::string text = format_duration(value);
    if (row != last) {
      *row = with_value(*row, name, text);
    } else {
      lines.insert(last, std::string(indent, ' ') + name + ": " + text);
      ++end;
    }
  }
  return join(lines, "\n") + "\n";
}

}  // namespace rigbisect
