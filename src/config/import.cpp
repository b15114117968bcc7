#include "config/import.h"

#include <algorithm>

#include "base/text.h"
#include "config/import_parts.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestValue = 1000;
constexpr std::size_t kMostWords = 64;

// In quotes unless nobody can take it for anything but text.
std::string yaml_text(const std::string& whole) {
  std::string value = whole.substr(0, kLongestValue);
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-';
  };
  const bool word = value == "on" || value == "off" || value == "yes" || value == "no" || value == "true" ||
                    value == "false" || value == "null";
  const bool starts_well = !value.empty() && value.front() != '-' && value.front() != '.';
  if (starts_well && !word && std::all_of(value.begin(), value.end(), plain)) return value;
  std::string quoted = "'";
  for (const char c : printable(value)) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string part_text(const std::string& role, const std::optional<ImportedPart>& part) {
  if (!part)
    return role + ":\n  driver: CHANGE   # the file says nothing that fits; see `rigbisect drivers`\n";
  std::string text = role + ":                # from line " + std::to_string(part->line) +
                     "\n  driver: " + part->driver + "\n";
  for (const auto& [name, value] : part->options)
    text += "  " + name + ": " + (value == "CHANGE" ? value : yaml_text(value)) + "\n";
  for (const auto& [name, values] : part->lists) {
    std::vector<std::string> items;
    for (const std::string& value : values) items.push_back(yaml_text(value));
    text += "  " + name + ": [" + join(items, ", ") + "]\n";
  }
  return text;
}

}  // namespace

std::string board_text(const ImportedBoard& board) {
  return "board: " + board_name(board.name) + "\ndescription: imported, to be checked\n" +
         part_text("power", board.power) + part_text("console", board.console) +
         part_text("boot", board.boot) + "command_line: \"console=ttyS0,115200\"\n";
}

std::string notes_text(std::vector<ImportNote> notes) {
  std::stable_sort(notes.begin(), notes.end(),
                   [](const ImportNote& a, const ImportNote& b) { return a.line < b.line; });
  std::string text;
  for (const ImportNote& note : notes)
    text += "line " + std::to_string(note.line) + ": " + printable(note.text) + "\n";
  return text;
}

std::string board_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 63)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper)
      name += static_cast<char>(c - 'A' + 'a');
    else if (letter || !name.empty())
      name += letter ? c : '-';
  }
  return name.empty() ? "board" : name;
}

const YamlNode* child(const YamlNode& node, std::string_view key) {
  for (const YamlEntry& entry : node.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string scalar(const YamlNode& node, std::string_view key, const std::string& otherwise) {
  const YamlNode* value = child(node, key);
  return value != nullptr && value->kind == YamlNode::Kind::scalar ? value->scalar : otherwise;
}

Result<YamlNode> foreign_yaml(std::string_view text, const std::string& file) {
  Problems problems(file);
  auto root = parse_yaml(text, problems);
  if (!problems.empty()) return problems.error();
  if (!root) return Error{Errc::invalid, file + ": this is no YAML"};
  return std::move(*root);
}

std::optional<std::vector<std::string>> command_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  char quote = '\0';
  bool open = false;
  for (const char c : command) {
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      open = true;
    } else if (quote != '\'' && std::string_view("|&;<>$`\\*?(){}~\n").find(c) != std::string_view::npos) {
      return std::nullopt;
    } else if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (open) words.push_back(std::exchange(word, ""));
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) words.push_back(word);
  if (quote != '\0' || words.size() > kMostWords) return std::nullopt;
  return words;
}

}  // namespace rigbisect
