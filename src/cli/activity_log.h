#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bisect/event.h"
#include "run/bench.h"

namespace spdlog {
class logger;
}

namespace rigbisect {

// What happened when, for whoever looks for the reason afterwards: activity.log in a campaign's directory, a
// line with a time for each stage of each run, each event and each note. Not the record of the campaign (that
// is the run log): a line that cannot be written is lost. Thread-safe.
class ActivityLog {
 public:
  // Appends to what earlier processes wrote; at most 20 MB, then the file is begun anew and the old one kept
  // once.
  explicit ActivityLog(const std::filesystem::path& file);
  ~ActivityLog();

  void run_progress(const RunProgress& progress);
  void recorded(const Event& event);
  void note(const std::string& line);

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace rigbisect
