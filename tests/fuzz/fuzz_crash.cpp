// Any console bytes: no crash, bounded time, and the invariants of crash_parser.h.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crash/crash_parser.h"
#include "crash/symptom.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_reports(std::string_view log, const std::vector<rigbisect::CrashReport>& reports) {
  std::size_t last = 0;
  for (const auto& report : reports) {
    require(!report.title.empty() && report.title.size() <= 120);
    require(report.start <= report.end && report.end <= log.size());
    require(report.prefix_size <= report.report.size());
    for (const auto& alternative : report.alt_titles) require(alternative != report.title);
    require(&report == &reports.front() || report.start > last);
    require(classify(report, rigbisect::Symptom{}) == classify(report, rigbisect::Symptom{}));
    last = report.start;
  }
}

std::vector<rigbisect::CrashReport> in_pieces(std::string_view log, std::size_t piece) {
  rigbisect::CrashStream stream;
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) stream.feed(log.substr(0, piece));
  return stream.reports();
}

// What a follower is handed out, piece by piece.
std::vector<rigbisect::CrashReport> followed(std::string_view log, std::size_t piece) {
  rigbisect::CrashStream stream;
  std::vector<rigbisect::CrashReport> all;
  const auto take = [&] {
    for (auto& report : stream.take_finished()) all.push_back(std::move(report));
  };
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) {
    stream.feed(log.substr(0, piece));
    take();
  }
  stream.quiet();
  take();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string_view log(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto reports = rigbisect::parse_crashes(log);
  check_reports(log, reports);
  require(rigbisect::contains_crash(log) == !reports.empty());
  require(in_pieces(log, piece) == reports);
  const auto first = rigbisect::parse_crash(log);
  require(first.has_value() == !reports.empty());
  if (first) require(first->title == reports.front().title && first->start == reports.front().start);
  const auto handed_out = followed(log, piece);
  require(handed_out.size() >= reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) require(handed_out[i].start == reports[i].start);
  return 0;
}
