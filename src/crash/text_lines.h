#pragma once

#include <algorithm>
#include <string_view>

namespace rigbisect {

// Walks over the lines of a text (not its raw bytes: see console_line.h for those).
class TextLines {
 public:
  explicit TextLines(std::string_view text) : rest_(text) {}

  // False at the end. The line comes without its line feed.
  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const auto end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return true;
  }

  // What has not been read yet.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace rigbisect
