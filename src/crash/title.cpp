#include "crash/title.h"

#include <algorithm>
#include <array>

#include "crash/char_class.h"
#include "crash/find_text.h"
#include "crash/frame.h"
#include "crash/frame_table.h"
#include "crash/pattern.h"
#include "crash/title_table.h"

namespace rigbisect {
namespace {

constexpr std::size_t max_title = 120;
// What templates are filled with.
struct Values {
  std::array<std::string, PatternMatch::max_captures> captures;
  std::string frame;
  std::string second_frame;
};

std::string expand(std::string_view text, const Values& values) {
  std::string out;
  out.reserve(max_title);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char key = text[++i];
    if (key == 'f') out += values.frame;
    if (key == 'g') out += values.second_frame;
    if (key >= '1' && key <= '6') out += values.captures[static_cast<std::size_t>(key - '1')];
  }
  return out;
}

Values values_of(const PatternMatch& match) {
  Values values;
  for (std::size_t i = 0; i < match.count; ++i) values.captures[i] = match.captures[i];
  return values;
}

void replace_all(std::string& title, const TitleReplacement& rule) {
  constexpr int max_rounds = 64;
  for (int round = 0; round < max_rounds; ++round) {
    const auto match = search(rule.pattern, title);
    if (!match) return;
    const auto with = expand(rule.replacement, values_of(*match));
    if (title.compare(match->begin, match->end - match->begin, with) == 0) return;
    title.replace(match->begin, match->end - match->begin, with);
  }
}

// Whether each alternative has a piece of digits.
bool needs_digits(const Pattern& rule) {
  const auto* token = rule.tokens();
  for (std::size_t i = 0; i < rule.alternatives(); ++i, ++token) {
    bool found = false;
    for (; token->kind != TokenKind::end; ++token)
      found |= token->piece == PieceClass::num || token->piece == PieceClass::long_num;
    if (!found) return false;
  }
  return true;
}

// The names under which a function goes: the one for the title first, then the others.
std::vector<std::string> names_of(const std::string& function, FrameChoice choice) {
  if (choice != FrameChoice::first) {
    for (const auto& group : stall_groups()) {
      if (function.find(group.part) == std::string::npos) continue;
      if (function == group.name) return {function};
      return {std::string(group.name), function};
    }
  }
  std::vector<std::string> names = {function};
  for (const auto prefix : syscall_prefixes())
    if (function.starts_with(prefix) && function.size() > prefix.size())
      names.push_back(function.substr(prefix.size()));
  std::stable_sort(names.begin(), names.end(), [](auto& a, auto& b) { return a.size() < b.size(); });
  return names;
}

void add_alternative(Title& title, std::string text) {
  text = clean_title(std::move(text));
  if (text != title.text &&
      std::find(title.alternatives.begin(), title.alternatives.end(), text) == title.alternatives.end())
    title.alternatives.push_back(std::move(text));
}

Title fill(const TitleFormat& format, Values values, std::span<const WordedLine> lines) {
  Title title;
  title.fits = true;
  title.needs_trace = format.needs_trace;
  title.corrupted = format.corrupted;
  std::vector<std::string> names = {""};
  if (format.frame != nullptr) {
    auto picked = pick_frames(*format.frame, lines);
    title.corrupted |= !picked.complete;
    names = names_of(picked.frames.front(), format.frame->choice);
    if (picked.frames.size() > 1) values.second_frame = picked.frames[1];
  }
  values.frame = names.front();
  title.text = clean_title(expand(format.name, values));
  for (const auto& name : names) {
    values.frame = name;
    if (&name != &names.front()) add_alternative(title, expand(format.name, values));
    if (!format.alternative.empty()) add_alternative(title, expand(format.alternative, values));
  }
  return title;
}

Title line_as_title(const OopsFamily& family, std::string_view report) {
  Title title;
  const auto at = report.find(family.literal);
  if (at == report.npos) return title;
  const auto line = report.substr(at);
  title.text = clean_title(std::string(line.substr(0, line.find('\n'))));
  return title;
}

}  // namespace

std::string clean_title(std::string title) {
  constexpr std::size_t more_than_enough = 4 * max_title;  // so that the rules work on little text
  title.resize(std::min(title.size(), more_than_enough));
  const bool has_digits = std::any_of(title.begin(), title.end(), is_digit);
  for (const auto& rule : title_replacements())
    if (has_digits || !needs_digits(rule.pattern)) replace_all(title, rule);
  title.resize(std::min(title.size(), max_title));
  std::string out;
  out.reserve(title.size());
  for (char c : title) {
    if (c == '\t') c = ' ';
    const bool is_printable = c >= ' ' && c <= '~';
    if (is_printable && (c != ' ' || (!out.empty() && out.back() != ' '))) out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string title_frame(std::string_view title) {
  constexpr std::string_view in = " in ";
  const auto at = title.rfind(in);
  if (at == title.npos) return {};
  const auto word = title.substr(at + in.size());
  const auto end = word.find_first_of(word.starts_with('<') ? " " : " /");
  const auto frame = word.substr(0, end);
  return frame == no_frame ? std::string{} : std::string(frame);
}

namespace {

// The title patterns of a family. REQUIRES: one of oops_families().
const RuleList& titles_of(const OopsFamily& family) {
  static const auto of_families = [] {
    std::vector<RuleList> lists;
    for (const auto& each : oops_families()) {
      auto& list = lists.emplace_back();
      for (const auto& format : each.formats) list.add(format.title);
    }
    return lists;
  }();
  return of_families[static_cast<std::size_t>(&family - oops_families().data())];
}

// Title patterns are about one line and hold the family's literal: the first line that any of them fits has
// the earliest match.
std::size_t first_fitting_line(const OopsFamily& family, std::span<const WordedLine> lines) {
  const auto& titles = titles_of(family);
  const auto words = words_for(family.literal);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](auto& line) {
    return words.meets(line.words) && has_text(line.text, family.literal) && titles.fits(line);
  });
  return static_cast<std::size_t>(found - lines.begin());
}

}  // namespace

Title make_title(const OopsFamily& family, std::string_view report, std::span<const WordedLine> lines) {
  const auto& titles = titles_of(family);
  const auto at = first_fitting_line(family, lines);
  std::vector<WordedLine> from_title;
  auto earliest = report.npos;
  bool matched = false;
  Title title;
  for (std::size_t i = 0; i < family.formats.size() && at < lines.size(); ++i) {
    const auto& format = family.formats[i];
    const auto& line = lines[at];
    if (!titles.may_fit(i, line.words)) continue;
    auto match = search(format.title, line.text);
    if (!match) continue;
    const auto from = match->begin;
    if (from > earliest || (from == earliest && !title.text.empty())) continue;
    if (from < earliest) title = {};
    earliest = from;
    matched = true;
    if (!format.report.empty() && !(match = search(format.report, report))) continue;
    auto rest = lines.subspan(at);
    if (from > 0) {
      from_title.assign(rest.begin(), rest.end());
      from_title.front().text = line.text.substr(from);
      rest = from_title;
    }
    title = fill(format, values_of(*match), rest);
  }
  if (title.text.empty()) {
    title = line_as_title(family, report);
    title.corrupted = matched;
  }
  title.frame = title_frame(title.text);
  return title;
}

}  // namespace rigbisect
