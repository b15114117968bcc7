#include "crash/analysis.h"

#include <charconv>

#include "crash/guilty.h"
#include "crash/log_lines.h"
#include "crash/oops_scan.h"
#include "crash/pattern.h"
#include "crash/report_text.h"
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

std::optional<Executor> executor_of(std::string_view report) {
  const auto match = search(" Comm: syz.{num}.{num} ", report);
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
  return matches("\\[[blank][num].[num]\\]", title);
}

}  // namespace

CrashReport analyse_crash(std::string_view bytes, std::size_t oops) {
  LogLines log(bytes, oops, max_lines);
  CrashReport report;
  const auto& oops_line = log.lines().front();
  const auto* family = oops_family_of(oops_line.text);
  if (family == nullptr) return report;
  const auto text = cut_report(bytes.substr(0, oops), log.lines());
  const auto own = std::string_view(text.text).substr(0, text.own_size);
  auto title = make_title(*family, own);
  if (!title.fits && !title.corrupted && own.size() < text.text.size()) {
    auto of_all = make_title(*family, text.text);
    if (of_all.fits) title = std::move(of_all);
  }
  report.corrupted = title.corrupted || is_torn(title.text) || (title.needs_trace && !has_sound_traces(own));
  report.type = crash_type(title.text);
  report.title = std::move(title.text);
  report.alt_titles = std::move(title.alternatives);
  report.frame = std::move(title.frame);
  report.guilty_file = guilty_file(report.title, text.text);
  report.report = text.prefix + text.text;
  report.prefix_size = text.prefix.size();
  report.executor = executor_of(report.report);
  report.start = oops;
  report.end = text.last_oops;
  return report;
}

}  // namespace rigbisect
