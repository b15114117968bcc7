#include "crash/analysis.h"

#include <algorithm>
#include <charconv>

#include "crash/console_line.h"
#include "crash/guilty.h"
#include "crash/log_lines.h"
#include "crash/oops_scan.h"
#include "crash/pattern.h"
#include "crash/repair.h"
#include "crash/report_text.h"
#include "crash/rule_words.h"
#include "crash/title.h"
#include "crash/title_table.h"

namespace rigbisect {
namespace {

std::optional<int> to_int(std::string_view digits) {
  int value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<Executor> executor_of(const ReportText& report) {
  static constexpr Pattern comm = " Comm: syz.{num}.{num} ";
  static const auto words = words_for(comm);
  auto match = search(comm, report.prefix);
  for (auto line = report.lines.begin(); line != report.lines.end() && !match; ++line)
    if (words.meets(line->words)) match = search(comm, line->text);
  if (!match) return std::nullopt;
  const auto proc = to_int(match->captures[0]);
  const auto id = to_int(match->captures[1]);
  if (!proc || !id) return std::nullopt;
  return Executor{*proc, *id};
}

// Of a report, with the lines of others in between.
constexpr std::size_t max_lines = 16 * 1024;

// A time stamp in the middle of a title: two lines ran into each other.
bool is_torn(std::string_view title) {
  static constexpr Pattern stamp = "\\[[blank][num].[num]\\]";
  return matches(stamp, title);
}

// What a name that stands only once may be worth in a text that lost bytes.
bool is_doubtful(const CrashReport& report, const Damage& damage) {
  constexpr double tolerated = 0.01;
  if (damage.places == 0) return false;
  const auto sources = std::count_if(damage.whole_names.begin(), damage.whole_names.end(), [&](auto& name) {
    return !report.frame.empty() && std::string_view(name).ends_with(report.frame);
  });
  const auto size = static_cast<double>(std::max(report.frame.size(), report.title.size() / 4));
  return sources < 2 && damage.rate() * size > tolerated;
}

// `fits`: whether a format fitted the report.
CrashReport analyse_lines(std::string_view before, const LogLines& log, bool& fits) {
  CrashReport report;
  const auto& oops_line = log.lines().front();
  const auto* family = oops_family_of(oops_line.text, oops_line.words);
  if (family == nullptr) return report;
  const auto text = cut_report(before, log.lines());
  const auto lines = std::span(text.lines);
  const auto own = lines.first(text.own_lines);
  auto title = make_title(*family, text.own(), own);
  if (!title.fits && !title.corrupted && own.size() < lines.size()) {
    auto of_all = make_title(*family, text.text, lines);
    if (of_all.fits) title = std::move(of_all);
  }
  fits = title.fits;
  report.corrupted = title.corrupted || is_torn(title.text) || (title.needs_trace && !has_sound_traces(own));
  report.type = crash_type(title.text);
  report.title = std::move(title.text);
  report.alt_titles = std::move(title.alternatives);
  report.frame = std::move(title.frame);
  report.guilty_file = guilty_file(report.title, text.text);
  report.report = text.prefix + text.text;
  report.prefix_size = text.prefix.size();
  report.executor = executor_of(text);
  report.start = oops_line.start;
  report.end = text.last_oops;
  return report;
}

bool is_oops(std::string_view text) {
  if (oops_family_of(text) != nullptr) return true;
  const auto repaired = repair_header(text);
  return !repaired.empty() && oops_family_of(repaired) != nullptr;
}

// The oops line without a prefix, as it was when it was found to be one: `raw` is the line. What is taken for
// a prefix may hold the oops itself.
void restore_oops_line(LogLines& log, std::string_view raw) {
  auto& line = log.lines().front();
  if (oops_family_of(line.text, line.words) != nullptr || is_oops(line.text)) return;
  const auto whole = clean_line(raw);
  const auto behind = text_behind_prefix(whole);
  log.put(line, std::string(is_oops(behind) ? behind : whole));
}

void repair_oops_line(LogLines& log, Damage& damage) {
  auto& line = log.lines().front();
  auto repaired = repair_header(line.text);
  if (repaired.empty() || oops_family_of(repaired) == nullptr) return;
  ++damage.places;
  damage.repairs.push_back("header: read as '" + repaired + "'");
  log.put(line, std::move(repaired));
  line.oops = true;
}

// A repair may not cost the report.
CrashReport analyse_again(std::string_view before, const LogLines& log, const CrashReport& first,
                          bool& fits) {
  auto second = analyse_lines(before, log, fits);
  return second.title.empty() ? first : second;
}

}  // namespace

CrashReport analyse_crash(std::string_view bytes, std::size_t oops) {
  LogLines log(bytes, oops, max_lines);
  const auto before = bytes.substr(0, oops);
  Damage damage;
  repair_prefixes(log, damage);
  count_narrow_numbers(log, damage);
  const auto raw = line_at(bytes, oops);
  restore_oops_line(log, bytes.substr(oops, raw.end - oops));
  repair_oops_line(log, damage);
  repair_frames(log, damage);
  log.lines().front().questionable = false;  // whatever else is on it
  bool fits = false;
  auto report = analyse_lines(before, log, fits);
  if (damage.places > 0 || report.corrupted || !fits) {
    const auto repairs = damage.repairs.size();
    repair_phrases(log, damage);
    if (damage.repairs.size() > repairs) report = analyse_again(before, log, report, fits);
  }
  report.corrupted |= !fits && damage.places > 0;
  damage.bytes = report.report.size();
  report.corrupted |= is_doubtful(report, damage);
  report.repairs = std::move(damage.repairs);
  return report;
}

}  // namespace rigbisect
