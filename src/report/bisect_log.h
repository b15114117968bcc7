#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bisect/story.h"
#include "report/totals.h"

namespace rigbisect {

// The text log of a bisection, in the shape of the published kernel bisection logs. Feed it the story item by
// item as it grows (live), or all at once (a file): the same text comes out. Runs of a commit are held back
// until they are over, because equal ones become one line ("all runs: OK"). Everything that came from outside
// (titles, messages, console text) is made printable. One thread.
class BisectLog {
 public:
  // Takes whole lines, each with its line feed. May be called with several at once.
  using Write = std::function<void(std::string_view)>;
  // Details of a commit, if they can be had; asked for the culprit only.
  using DetailsOf = std::function<std::optional<CommitDetails>(const CommitId&)>;

  BisectLog(Write write, DetailsOf details_of);

  void add(const story::Item& item);

  // The last lines: what the result's block lacks until the costs are known. Call once, after the last item;
  // also without a result (an interrupted campaign): then only the runs held back and the costs are written.
  void finish(const Totals& totals);

 private:
  void write(const story::Started& item);
  void write(const story::TestingRelease& item);
  void write(const story::Testing& item);
  void write(const story::Run& item);
  void write(const story::RunsOver& item);
  void write(const story::BuildBroken& item);
  void write(const story::RangeFound& item);
  void write(const story::Step& item);
  void write(const story::Marked& item);
  void write(const story::Note& item);
  void write(const story::Culprit& item);
  void write(const story::Inconclusive& item);
  void write(const story::NotReproduced& item);
  void write(const story::OldestBad& item);
  void write(const story::StillBroken& item);
  void write(const story::GaveUp& item);

  void line(std::string_view text);
  void block(std::string_view text);
  void flush_runs();
  void write_commit(const CommitDetails& details);
  void write_culprit_end();

  Write write_;
  DetailsOf details_of_;
  std::vector<story::Run> runs_;  // of the commit under test
  std::optional<story::Culprit> culprit_;
  std::optional<CommitDetails> details_;
  std::optional<CrashReport> crash_;
};

// The whole log of a story.
std::string bisect_log(const std::vector<story::Item>& story, const Totals& totals,
                       const BisectLog::DetailsOf& details_of);

}  // namespace rigbisect
