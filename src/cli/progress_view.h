#pragma once

#include <condition_variable>
#include <iosfwd>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cli/progress_lines.h"
#include "run/campaign.h"

namespace rigbisect {

// Shows a campaign to the person at the terminal. The bisection log runs through `out` line by line as it is
// told; what is not part of it (bench faults, boards set aside, options that vanished) goes to `err`. On a
// terminal a few lines below the log follow what every board and the build do, redrawn several times a
// second; piped, there are plain lines only. Thread-safe: workers report while the campaign's thread tells
// the story.
class ProgressView : public CampaignObserver {
 public:
  struct Screen {
    std::ostream& out;
    std::ostream& err;
    bool live = false;  // out and err are one terminal
  };

  ProgressView(Screen screen, Clock& clock, const std::vector<std::string>& boards);
  // Takes the live lines away.
  ~ProgressView() override;

  void started(const Task& task) override;
  void cancelled(const Task& task) override;
  void recorded(const Event& event) override;
  void told(const std::vector<story::Item>&, std::size_t) override {}
  void stands(const Standing& standing) override;

  // From the workers.
  void run_progress(const RunProgress& progress);
  void build_progress(const CommitId& commit, const std::string& line);

  // The first line of the display, for work that is no campaign.
  void title(std::string title);
  // Text of the bisection log, whole lines.
  void log(const std::string& text);
  // A line beside the log.
  void note(const std::string& line);

 private:
  void learn(Duration elapsed, int& count, std::optional<Duration>& mean);
  void draw();   // REQUIRES: mutex_ held
  void erase();  // REQUIRES: mutex_ held
  void refresh(const std::stop_token& stop);

  Screen screen_;
  Clock& clock_;
  std::mutex mutex_;
  ProgressSnapshot snapshot_;
  int builds_ = 0;
  int runs_ = 0;
  std::size_t drawn_ = 0;
  std::jthread refresher_;  // last: it uses everything above
};

}  // namespace rigbisect
