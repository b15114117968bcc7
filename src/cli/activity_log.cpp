#include "cli/activity_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kMaxBytes = 20u << 20;

struct Line {
  std::string operator()(const BuildEnded& event) const {
    const std::string what = std::visit(Outcome{}, event.outcome);
    return "build " + event.commit.substr(0, 12) + ": " + what + " after " + format_clock(event.elapsed);
  }
  std::string operator()(const RunEnded& event) const {
    return event.board + ": run of " + event.commit.substr(0, 12) + ": " + describe(event.outcome) + " (" +
           event.console + ")";
  }
  std::string operator()(const BoardSetAside& event) const {
    return event.board + ": set aside: " + event.error.what;
  }

  struct Outcome {
    std::string operator()(const Built& built) const { return built.cached ? "from the cache" : "built"; }
    std::string operator()(const BuildFailed& failed) const { return failed.first_error; }
    std::string operator()(const BuildFault& fault) const { return fault.error.what; }
  };
};

}  // namespace

ActivityLog::ActivityLog(const std::filesystem::path& file) {
  try {
    logger_ = std::make_shared<spdlog::logger>(
        "activity", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), kMaxBytes, 1));
    logger_->flush_on(spdlog::level::info);
    logger_->set_error_handler([](const std::string&) {});
  } catch (const spdlog::spdlog_ex&) {
    logger_.reset();  // no room for a convenience is no reason not to work
  }
}

ActivityLog::~ActivityLog() = default;

void ActivityLog::run_progress(const RunProgress& progress) {
  note(progress.board + ": " + progress.stage + (progress.detail.empty() ? "" : " " + progress.detail));
}

void ActivityLog::recorded(const Event& event) {
  note(std::visit(Line{}, event));
}

void ActivityLog::note(const std::string& line) {
  if (logger_) logger_->info("{}", printable(line));
}

}  // namespace rigbisect
