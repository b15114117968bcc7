#include "crash/guilty.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "crash/guilty_table.h"
#include "crash/pattern.h"

namespace rigbisect {
namespace {

bool fits(std::string_view file, std::string_view rule) {
  return rule.starts_with('^') ? file.starts_with(rule.substr(1)) : file.find(rule) != file.npos;
}

bool is_ignored_file(std::string_view file) {
  const auto rules = ignored_files();
  return std::any_of(rules.begin(), rules.end(), [&](auto rule) { return fits(file, rule); });
}

bool is_ignored_line(std::string_view line) {
  const auto rules = ignored_position_lines();
  return std::any_of(rules.begin(), rules.end(), [&](auto& rule) { return matches(rule, line); });
}

// Build trees put things in front: "./", "/home/me/linux/", "../".
std::string_view relative(std::string_view file) {
  while (file.starts_with("./") || file.starts_with("../")) file.remove_prefix(file.find('/') + 1);
  const auto up = file.rfind("../");
  if (up != file.npos) return file.substr(up + 3);
  if (!file.starts_with('/')) return file;
  for (const auto top : top_directories()) {
    const auto at = file.find(top);
    if (at != file.npos) return file.substr(at + 1);
  }
  return file.substr(1);
}

bool is_source(std::string_view file) {
  return file.ends_with(".c") || file.ends_with(".h") || file.ends_with(".rs");
}

using TextBytes [[gnu::vector_size(16)]] = char;

// Whether one of the next bytes is a colon behind the last letter of a source file's ending.
bool may_end_source(const char* at) {
  TextBytes before;
  TextBytes here;
  std::memcpy(&before, at - 1, sizeof before);
  std::memcpy(&here, at, sizeof here);
  const auto ends = (here == ':') & ((before == 'c') | (before == 'h') | (before == 's'));
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(ends);
  return (halves[0] | halves[1]) != 0;
}

// The first colon from `from` on that stands behind the name of a source file.
std::size_t find_source_end(std::string_view text, std::size_t from) {
  constexpr std::size_t block = sizeof(TextBytes);
  for (auto at = std::max(from, std::size_t{1}); at < text.size();) {
    const auto end = std::min(at + block, text.size());
    const bool nothing = end - at == block && !may_end_source(text.data() + at);
    for (at = nothing ? end : at; at < end; ++at)
      if (text[at] == ':' && is_source(text.substr(0, at))) return at;
  }
  return text.npos;
}

// Walks over the lines of a text that have a position in a source file, as far as its ending tells.
class SourceLines {
 public:
  explicit SourceLines(std::string_view text) : text_(text) {}

  bool next(std::string_view& line) {
    const auto colon = find_source_end(text_, at_);
    if (colon == text_.npos) return false;
    const auto feed = text_.rfind('\n', colon);
    const auto start = feed == text_.npos ? 0 : feed + 1;
    const auto end = std::min(text_.find('\n', colon), text_.size());
    line = text_.substr(start, end - start);
    at_ = end + 1;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::vector<std::string_view> source_files(std::string_view report, bool all_lines = false) {
  static constexpr Pattern position_in_source = "{src}";
  std::vector<std::string_view> files;
  SourceLines lines(report);
  for (std::string_view line; lines.next(line);) {
    if (!all_lines && is_ignored_line(line)) continue;
    while (const auto match = search(position_in_source, line)) {
      const auto position = match->captures[0];
      const auto file = relative(position.substr(0, position.find(':')));
      if (is_source(file)) files.push_back(file);
      line.remove_prefix(match->end);
    }
  }
  return files;
}

std::string_view directory(std::string_view file) {
  const auto slash = file.rfind('/');
  return slash == file.npos ? std::string_view{} : file.substr(0, slash + 1);
}

std::string_view choose(const std::vector<std::string_view>& files) {
  const auto first = std::find_if_not(files.begin(), files.end(), is_ignored_file);
  if (first == files.end()) return files.empty() ? std::string_view{} : files.front();
  auto best = *first;
  for (auto file = first + 1; file != files.end(); ++file) {
    const auto here = directory(best);
    const bool deeper = directory(*file).size() > here.size() && directory(*file).starts_with(here);
    if (deeper && !here.empty() && !is_ignored_file(*file)) best = *file;
  }
  return best;
}

}  // namespace

std::string guilty_file(std::string_view title, std::string_view report) {
  if (title.starts_with("INFO: rcu detected stall")) {
    const auto entry = search("apic_timer_interrupt\nel1_irq\nel1_interrupt\n</IRQ>", report);
    if (entry) {
      const auto file = choose(source_files(report.substr(entry->begin)));
      if (!file.empty() && !is_ignored_file(file)) return std::string(file);
    }
  }
  const auto file = choose(source_files(report));
  if (!file.empty()) return std::string(file);
  const auto any = source_files(report, true);
  return any.empty() ? std::string{} : std::string(any.front());
}

std::vector<std::string> files_in_trace(std::string_view report) {
  std::vector<std::string> files;
  for (const std::string_view file : source_files(report)) {
    const bool known = std::find(files.begin(), files.end(), file) != files.end();
    if (!known && !is_ignored_file(file)) files.emplace_back(file);
  }
  return files;
}

}  // namespace rigbisect
