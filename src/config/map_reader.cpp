#include "config/map_reader.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

// The kernel reads 2048 bytes on x86: half for a board, half for a recipe, less our own part.
constexpr std::size_t kLongestCommandLine = 900;

namespace fs = std::filesystem;

std::string found(const YamlNode& node) {
  return node.kind == YamlNode::Kind::scalar ? shown(node.scalar) : describe(node.kind);
}

void expected(const YamlNode& node, const std::string& name, const std::string& what, Problems& problems) {
  const bool nothing = node.kind == YamlNode::Kind::empty;
  problems.add(node.mark, name + ": expected " + what + ", " +
                              (nothing ? "but nothing is there" : "not " + found(node)));
}

std::string bounds(std::optional<long> min, std::optional<long> max) {
  if (min && max) return " from " + std::to_string(*min) + " to " + std::to_string(*max);
  if (min) return ", at least " + std::to_string(*min);
  if (max) return ", at most " + std::to_string(*max);
  return "";
}

}  // namespace

std::optional<std::string> read_text(const YamlNode& node, const std::string& name, Problems& problems) {
  if (node.kind != YamlNode::Kind::scalar) {
    expected(node, name, "text", problems);
    return std::nullopt;
  }
  const std::string text(trim(node.scalar));  // block scalars end in a line feed
  if (printable(text) != text) {
    problems.add(node.mark, name + ": control characters and line breaks are not allowed in " + shown(text));
    return std::nullopt;
  }
  if (text.empty()) {
    problems.add(node.mark, name + ": expected text, but it is empty; leave the line out for the default");
    return std::nullopt;
  }
  return text;
}

std::optional<long> read_integer(const YamlNode& node, const std::string& name, std::optional<long> min,
                                 std::optional<long> max, Problems& problems) {
  const std::string& text = node.scalar;
  long number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = node.kind == YamlNode::Kind::scalar && !text.empty() && parsed.ec == std::errc{} &&
                     parsed.ptr == text.data() + text.size();
  if (whole && number >= min.value_or(number) && number <= max.value_or(number)) return number;
  expected(node, name, "a whole number" + bounds(min, max), problems);
  return std::nullopt;
}

std::optional<double> read_real(const YamlNode& node, const std::string& name, double min, double max,
                                Problems& problems) {
  const std::string& text = node.scalar;
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = node.kind == YamlNode::Kind::scalar && !text.empty() && parsed.ec == std::errc{} &&
                     parsed.ptr == text.data() + text.size();
  if (whole && number >= min && number <= max) return number;
  std::ostringstream what;
  what << "a number from " << min << " to " << max;
  expected(node, name, what.str(), problems);
  return std::nullopt;
}

std::optional<bool> read_boolean(const YamlNode& node, const std::string& name, Problems& problems) {
  const bool scalar = node.kind == YamlNode::Kind::scalar;
  if (scalar && node.scalar == "true") return true;
  if (scalar && node.scalar == "false") return false;
  expected(node, name, "true or false", problems);
  return std::nullopt;
}

std::optional<Duration> read_duration(const YamlNode& node, const std::string& name, Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar && node.scalar.size() <= 40) {
    const auto duration = parse_duration(node.scalar);
    if (duration) return *duration;
    const bool bare = node.scalar.find_first_not_of("0123456789") == std::string::npos;
    if (bare && !node.scalar.empty()) {
      const std::string with_unit = node.scalar + "s";
      problems.add(node.mark, name + ": " + shown(node.scalar) + " has no unit: write " + with_unit +
                                  ", or " + node.scalar + "ms, " + node.scalar + "m, " + node.scalar + "h");
      return std::nullopt;
    }
  }
  expected(node, name, "a duration such as 90s, 250ms or 1h30m", problems);
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(const YamlNode& node, const std::string& name,
                                                   Problems& problems) {
  if (node.kind != YamlNode::Kind::list) {
    expected(node, name, "a list such as [a, b]", problems);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) {
    const auto text = read_text(item, name + "[" + std::to_string(&item - node.items.data()) + "]", problems);
    if (text) texts.push_back(*text);
  }
  return texts.size() == node.items.size() ? std::optional(std::move(texts)) : std::nullopt;
}

std::optional<fs::path> read_path(const YamlNode& node, const std::string& name, const fs::path& directory,
                                  Problems& problems) {
  const auto text = read_text(node, name, problems);
  if (!text) return std::nullopt;
  if (text->size() > 4000) {
    problems.add(node.mark, name + ": this path is too long: " + shown(*text));
    return std::nullopt;
  }
  if (text->front() == '~') {
    problems.add(node.mark, name + ": '~' is not expanded here: write the whole path");
    return std::nullopt;
  }
  return (directory / *text).lexically_normal();
}

MapReader::MapReader(const YamlNode& node, std::string name, Problems& problems)
    : node_(node), name_(std::move(name)), problems_(problems), is_map_(node.kind == YamlNode::Kind::map) {
  if (!is_map_) expected(node, name_.empty() ? "the file" : name_, "keys and values (key: value)", problems);
}

const YamlNode* MapReader::find(std::string_view key) {
  known_.emplace_back(key);
  const auto entry = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [&](const YamlEntry& e) { return e.key == key; });
  return entry == node_.entries.end() ? nullptr : &entry->value;
}

const YamlNode* MapReader::require(std::string_view key, std::string_view expectation) {
  const YamlNode* node = find(key);
  if (node == nullptr && is_map_) {
    problems_.add(node_.mark, name_of(key) + " is missing: " + std::string(expectation));
  }
  return node;
}

const YamlNode* MapReader::text(std::string_view key, std::string& into) {
  const YamlNode* node = find(key);
  auto value = node == nullptr ? std::nullopt : read_text(*node, name_of(key), problems_);
  if (!value) return nullptr;
  into = std::move(*value);
  return node;
}

const YamlNode* MapReader::integer(std::string_view key, long min, long max, int& into) {
  const YamlNode* node = find(key);
  const auto value = node == nullptr ? std::nullopt : read_integer(*node, name_of(key), min, max, problems_);
  if (!value) return nullptr;
  into = static_cast<int>(*value);
  return node;
}

const YamlNode* MapReader::real(std::string_view key, double min, double max, double& into) {
  const YamlNode* node = find(key);
  const auto value = node == nullptr ? std::nullopt : read_real(*node, name_of(key), min, max, problems_);
  if (!value) return nullptr;
  into = *value;
  return node;
}

const YamlNode* MapReader::boolean(std::string_view key, bool& into) {
  const YamlNode* node = find(key);
  const auto value = node == nullptr ? std::nullopt : read_boolean(*node, name_of(key), problems_);
  if (!value) return nullptr;
  into = *value;
  return node;
}

const YamlNode* MapReader::duration(std::string_view key, Duration min, Duration max, Duration& into) {
  const YamlNode* node = find(key);
  const auto value = node == nullptr ? std::nullopt : read_duration(*node, name_of(key), problems_);
  if (!value) return nullptr;
  if (*value < min || *value > max) {
    problems_.add(node->mark, name_of(key) + ": expected a duration from " + format_duration(min) + " to " +
                                  format_duration(max) + ", not " + shown(node->scalar));
    return nullptr;
  }
  into = *value;
  return node;
}

const YamlNode* MapReader::texts(std::string_view key, std::vector<std::string>& into) {
  const YamlNode* node = find(key);
  auto value = node == nullptr ? std::nullopt : read_texts(*node, name_of(key), problems_);
  if (!value) return nullptr;
  into = std::move(*value);
  return node;
}

void MapReader::finish() {
  for (const YamlEntry& entry : node_.entries) {
    if (problems_.full()) return;  // a guess costs time, and a file of nonsense has thousands of keys
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const std::string where = name_.empty() ? "" : " in " + name_;
    std::string advice = did_you_mean_suffix(entry.key, known_);
    if (advice.empty()) advice = "; known: " + join(known_, ", ");
    problems_.add(entry.mark,
                  std::string("unknown key ").append(shown(entry.key)).append(where).append(advice));
  }
}

std::string MapReader::name_of(std::string_view key) const {
  return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
}

void read_command_line(MapReader& map, std::string_view other, std::string& into) {
  const YamlNode* node = map.text("command_line", into);
  if (node == nullptr || into.size() <= kLongestCommandLine) return;
  map.problems().add(node->mark, "command_line: " + std::to_string(into.size()) +
                                     " bytes are too many; at most " + std::to_string(kLongestCommandLine) +
                                     " fit beside what " + std::string(other) + " adds");
}

}  // namespace rigbisect
