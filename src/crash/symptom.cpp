#include "crash/symptom.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

#include "base/text.h"
#include "crash/frame.h"
#include "crash/title.h"
#include "crash/title_table.h"

namespace rigbisect {
namespace {

using Kind = Symptom::Kind;
using Titles = std::vector<std::string>;

constexpr std::string_view hang_type = "HANG";
constexpr std::string_view lost_type = "LOST_CONNECTION";
constexpr std::size_t compared_functions = 16;

bool needs_value(Kind kind) {
  return kind == Kind::title || kind == Kind::type || kind == Kind::regex;
}

bool holds(const Titles& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool any_common(const Titles& a, const Titles& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& value) { return holds(b, value); });
}

Titles all_titles(const CrashReport& report) {
  auto titles = report.alt_titles;
  titles.push_back(report.title);
  return titles;
}

std::optional<std::regex> compile(const std::string& expression) {
  try {
    return std::regex(expression, std::regex::ECMAScript);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

bool found_in(const std::string& title, const std::regex& expression) {
  try {
    return std::regex_search(title, expression);
  } catch (const std::regex_error&) {  // too complex for this title: not found
    return false;
  }
}

bool matches_regex(const CrashReport& report, const Symptom& symptom) {
  const auto expression = symptom.values.empty() ? std::nullopt : compile(symptom.values.front());
  const auto titles = all_titles(report);
  return expression && std::any_of(titles.begin(), titles.end(),
                                   [&](const auto& title) { return found_in(title, *expression); });
}

bool is_same(const CrashReport& report, const Symptom& symptom) {
  switch (symptom.kind) {
    case Kind::any_crash:
      return true;
    case Kind::title:
      return any_common(all_titles(report), symptom.values);
    case Kind::type:
      return holds(symptom.values, report.type);
    case Kind::regex:
      return matches_regex(report, symptom);
    case Kind::hang:
      return report.type == hang_type;
    case Kind::reboot:
      return report.type == "REBOOT";
  }
  return false;
}

// The report names the function that the title blames, or is of its type and shows the function in its stack,
// or lost the name.
bool is_relative(const CrashReport& report, const std::string& title) {
  const auto frame = title_frame(title);
  if (!frame.empty() && frame == report.frame) return true;
  if (report.type.empty() || crash_type(title) != report.type) return false;
  return report.frame.empty() ? report.corrupted
                              : holds(stack_functions(report.report, compared_functions), frame);
}

bool is_family(const CrashReport& report, const Symptom& symptom) {
  return symptom.kind == Kind::title &&
         std::any_of(symptom.values.begin(), symptom.values.end(),
                     [&](const auto& title) { return is_relative(report, title); });
}

bool is_no_kernel_bug(const CrashReport& report) {
  return report.title.empty() || report.suppressed || report.type == lost_type ||
         report.type == "SYZ_FAILURE";
}

template <typename Value>
double overlap(const std::set<Value>& a, const std::set<Value>& b) {
  if (a.empty() && b.empty()) return 1;
  const auto common = static_cast<double>(
      std::count_if(a.begin(), a.end(), [&](const auto& value) { return b.count(value) != 0; }));
  return common / (static_cast<double>(a.size() + b.size()) - common);
}

std::set<std::string> functions_of(const CrashReport& report) {
  const auto functions = stack_functions(report.report, compared_functions);
  return {functions.begin(), functions.end()};
}

double title_likeness(const CrashReport& a, const CrashReport& b) {
  if (a.title == b.title) return 1;
  return any_common(all_titles(a), all_titles(b)) ? 0.7 : 0;
}

struct Tally {
  std::string value;
  std::size_t count = 0;
};

// Most frequent first; equally frequent ones in the order of their first appearance.
std::vector<Tally> tally(const Titles& values) {
  std::vector<Tally> counts;
  for (const auto& value : values) {
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.value == value; });
    if (known == counts.end())
      counts.push_back({value, 1});
    else
      ++known->count;
  }
  std::stable_sort(counts.begin(), counts.end(), [](auto& a, auto& b) { return a.count > b.count; });
  return counts;
}

// The types that stand for a set of crashes: the most frequent ones, until 2/3 of (all + 2) are covered, at
// most three. A hang counts only if it is half of all, a lost connection only if there is nothing else.
Titles representative_types(const Titles& types) {
  constexpr std::size_t most = 3;
  Titles chosen;
  std::size_t covered = 0;
  const auto counts = tally(types);
  for (const auto& [type, count] : counts) {
    if (chosen.size() == most || 3 * covered >= 2 * (types.size() + 2)) break;
    const bool alone = counts.size() == 1;
    if (!alone && (type == lost_type || (type == hang_type && 2 * count < types.size()))) continue;
    chosen.push_back(type);
    covered += count;
  }
  return chosen;
}

}  // namespace

std::string describe(const Symptom& symptom) {
  const auto listed = [&](const char* noun) {
    Titles quoted;
    for (const auto& value : symptom.values) quoted.push_back('"' + printable(value) + '"');
    return std::string(noun) + " " + join(quoted, " or ");
  };
  switch (symptom.kind) {
    case Kind::any_crash:
      return "any crash";
    case Kind::title:
      return listed("title");
    case Kind::type:
      return listed("type");
    case Kind::regex:
      return listed("title matching");
    case Kind::hang:
      return "a hang";
    case Kind::reboot:
      return "a reboot";
  }
  return {};
}

Result<void> validate(const Symptom& symptom) {
  const bool has_value = !symptom.values.empty() && !holds(symptom.values, "");
  if (needs_value(symptom.kind) && !has_value)
    return Error{Errc::invalid,
                 "a symptom by title, type or regular expression needs a value that is not empty"};
  if (symptom.kind != Kind::regex) return {};
  if (symptom.values.size() != 1)
    return Error{Errc::invalid, "a symptom takes one regular expression; join several with '|'"};
  if (!compile(symptom.values.front()))
    return Error{Errc::invalid,
                 "\"" + printable(symptom.values.front()) +
                     "\" is no regular expression (ECMAScript); check brackets and backslashes"};
  return {};
}

const char* to_string(CrashClass value) {
  switch (value) {
    case CrashClass::same:
      return "same";
    case CrashClass::family:
      return "family";
    case CrashClass::unrelated:
      return "unrelated";
    case CrashClass::noise:
      return "noise";
  }
  return "";
}

CrashClass classify(const CrashReport& report, const Symptom& symptom) {
  if (is_no_kernel_bug(report)) return CrashClass::noise;
  if (is_same(report, symptom)) return CrashClass::same;
  if (is_family(report, symptom)) return CrashClass::family;
  return report.corrupted && report.frame.empty() ? CrashClass::noise : CrashClass::unrelated;
}

double similarity(const CrashReport& a, const CrashReport& b) {
  const double type = a.type == b.type ? 1 : 0;
  const double frame = a.frame == b.frame ? 1 : 0;
  return 0.4 * title_likeness(a, b) + 0.15 * type + 0.2 * frame +
         0.25 * overlap(functions_of(a), functions_of(b));
}

Symptom symptom_from(const std::vector<CrashReport>& reports) {
  std::vector<const CrashReport*> bugs;
  Titles types;
  for (const auto& report : reports) {
    if (report.title.empty() || report.suppressed) continue;
    bugs.push_back(&report);
    types.push_back(report.type);
  }
  const auto chosen = representative_types(types);
  Titles titles;
  for (const auto* report : bugs)
    if (holds(chosen, report->type)) titles.push_back(report->title);
  Symptom symptom;
  for (const auto& entry : tally(titles)) symptom.values.push_back(entry.value);
  if (!symptom.values.empty()) symptom.kind = Kind::title;
  return symptom;
}

}  // namespace rigbisect
