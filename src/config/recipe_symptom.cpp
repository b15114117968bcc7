#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/map_reader.h"
#include "config/recipe_parts.h"

namespace rigbisect {
namespace {

using Kind = Symptom::Kind;

constexpr std::size_t kLongestRegex = 500;  // std::regex recurses over its pattern

std::optional<Symptom> read_word(const YamlNode& node, Problems& problems) {
  static const std::vector<std::string> words = {"any", "hang", "reboot"};
  static constexpr Kind kinds[] = {Kind::any_crash, Kind::hang, Kind::reboot};
  const auto word = std::find(words.begin(), words.end(), node.scalar);
  if (word != words.end()) return Symptom{kinds[word - words.begin()], {}};
  problems.add(node.mark,
               "symptom: expected any, hang, reboot or {title: ...}, {type: ...}, {regex: ...}, not " +
                   shown(node.scalar) + did_you_mean_suffix(node.scalar, words));
  return std::nullopt;
}

// One text, or several of which any will do; a regular expression can say "or" itself.
std::optional<Symptom> read_values(const YamlNode& node, const std::string& name, Kind kind,
                                   Problems& problems) {
  Symptom symptom{kind, {}};
  if (node.kind == YamlNode::Kind::list && kind != Kind::regex) {
    auto values = read_texts(node, name, problems);
    if (!values) return std::nullopt;
    symptom.values = std::move(*values);
  } else {
    auto text = read_text(node, name, problems);
    if (!text) return std::nullopt;
    symptom.values.push_back(std::move(*text));
  }
  const bool too_long = kind == Kind::regex && symptom.values[0].size() > kLongestRegex;
  const Result<void> valid =
      too_long ? Error{Errc::invalid, "the expression is too long: " + shown(symptom.values[0])}
               : validate(symptom);
  if (!valid) problems.add(node.mark, name + ": " + valid.error().what);
  return symptom;
}

}  // namespace

std::optional<Symptom> read_symptom(const YamlNode& node, Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar) return read_word(node, problems);
  MapReader map(node, "symptom", problems);
  std::optional<Symptom> symptom;
  int kinds = 0;
  for (const auto& [key, kind] :
       {std::pair{"title", Kind::title}, std::pair{"type", Kind::type}, std::pair{"regex", Kind::regex}}) {
    const YamlNode* value = map.find(key);
    if (value == nullptr) continue;
    ++kinds;
    symptom = read_values(*value, map.name_of(key), kind, problems);
  }
  map.finish();
  if (map.is_map() && kinds != 1) {
    problems.add(map.mark(),
                 "symptom: expected exactly one of title:, type: or regex:, or the word any, hang or reboot");
  }
  return symptom;
}

}  // namespace rigbisect
