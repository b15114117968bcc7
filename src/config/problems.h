#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rigbisect {

// A place in a file, both numbers from 1.
struct Mark {
  int line = 1;
  int column = 1;
};

// The mistakes found in one file, gathered so that a person can correct them all at once. The text of the
// error has one mistake a line: "boards/nuc.yaml:3:9: power.port is missing". Not thread-safe.
class Problems {
 public:
  explicit Problems(std::filesystem::path file) : file_(std::move(file)) {}

  void add(Mark mark, const std::string& what);

  bool empty() const { return lines_.empty(); }
  // So many mistakes that looking for more helps nobody; further ones are only counted.
  bool full() const { return lines_.size() >= kMost; }
  // REQUIRES: !empty(). Errc::invalid.
  Error error() const;

 private:
  static constexpr std::size_t kMost = 20;

  std::filesystem::path file_;
  std::vector<std::string> lines_;
  std::size_t further_ = 0;
};

// Text from a file as it may appear in a message: in quotes, escape-safe, long text cut.
std::string shown(std::string_view text);

}  // namespace rigbisect
