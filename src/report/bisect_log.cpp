#include "report/bisect_log.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kMergeDigits = 12;

std::string counted(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string text_of(const story::Run& run) {
  return run.text.empty() ? describe(run.outcome) : run.text;
}

// As Go prints a list of strings: ["a@b" "c@d"].
std::string quoted_list(const std::vector<std::string>& entries) {
  std::string out = "[";
  for (const std::string& entry : entries) {
    out += out.size() > 1 ? " \"" : "\"";
    for (const char c : entry) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "]";
}

// Rounded down, so that no doubt is rounded away.
std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", std::floor(std::clamp(share, 0.0, 1.0) * 1000) / 10);
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

BisectLog::BisectLog(Write write, DetailsOf details_of)
    : write_(std::move(write)), details_of_(std::move(details_of)) {}

void BisectLog::add(const story::Item& item) {
  std::visit([this](const auto& one) { write(one); }, item);
}

void BisectLog::line(std::string_view text) {
  write_(printable(text) + "\n");
}

// Text of several lines; it ends with a line feed, whether it had one or not.
void BisectLog::block(std::string_view text) {
  std::string out = printable(text, true);
  if (out.empty()) return;
  if (out.back() != '\n') out += '\n';
  write_(out);
}

void BisectLog::write(const story::Started& item) {
  line((item.fix ? "bisecting fixing commit since " : "bisecting cause commit starting from ") + item.from);
}

void BisectLog::write(const story::TestingRelease& item) {
  line("testing release " + item.tag);
}

void BisectLog::write(const story::Testing& item) {
  flush_runs();
  line("testing commit " + item.commit + (item.compiler.empty() ? "" : " with " + item.compiler));
}

void BisectLog::write(const story::Run& item) {
  runs_.push_back(item);
}

void BisectLog::write(const story::RunsOver& item) {
  flush_runs();
  if (item.verdict == Verdict::skip) line("cannot be tested: " + item.reason);
}

void BisectLog::flush_runs() {
  const bool equal = std::all_of(runs_.begin(), runs_.end(), [this](const story::Run& run) {
    return text_of(run) == text_of(runs_.front());
  });
  if (equal && runs_.size() > 1) {
    line("all runs: " + text_of(runs_.front()));
  } else {
    for (const story::Run& run : runs_) line("run #" + std::to_string(run.number) + ": " + text_of(run));
  }
  runs_.clear();
}

void BisectLog::write(const story::BuildBroken& item) {
  line("failed building: " + item.first_error);
}

void BisectLog::write(const story::RangeFound& item) {
  line("# git bisect start " + item.bad_name + " " + item.good_name);
}

void BisectLog::write(const story::Step& item) {
  line("Bisecting: " + counted(item.left, "revision") + " left to test after this (roughly " +
       counted(static_cast<std::size_t>(std::max(item.steps, 0)), "step") + ")");
  line("[" + item.commit + "] " + item.subject);
}

void BisectLog::write(const story::Marked& item) {
  line("# git bisect " + std::string(to_string(item.mark)) + " " + item.commit);
}

void BisectLog::write(const story::Note& item) {
  line("note: " + item.text);
}

void BisectLog::write(const story::Culprit& item) {
  culprit_ = item;
  crash_ = item.crash;
  if (details_of_) details_ = details_of_(item.commit);
  line(item.commit + " is the first " + (item.fix ? "good" : "bad") + " commit");
  if (details_) write_commit(*details_);
}

// As git prints the result of a bisection (`git diff-tree --pretty` of the commit).
void BisectLog::write_commit(const CommitDetails& details) {
  line("commit " + details.id);
  if (details.parents.size() > 1) {
    std::string merge = "Merge:";
    for (const CommitId& parent : details.parents) merge += " " + parent.substr(0, kMergeDigits);
    line(merge);
  }
  line("Author: " + details.author);
  line("Date:   " + details.date);
  line("");
  for (const std::string_view text : split(details.message, '\n')) line("    " + std::string(text));
  line("");
  block(details.raw_diff);
}

void BisectLog::write(const story::Inconclusive& item) {
  line("There are only 'skip'ped commits left to test.");
  line("The first bad commit could be any of:");
  for (const CommitId& commit : item.candidates) line(commit);
  line("We cannot bisect more!");
  line("inconclusive: " + item.why);
}

void BisectLog::write(const story::NotReproduced& item) {
  line("not reproduced: " + item.why);
}

void BisectLog::write(const story::OldestBad& item) {
  line("the crash already happened on the oldest tested release");
  line("oldest crashing commit: " + item.oldest);
  crash_ = item.crash;
}

void BisectLog::write(const story::StillBroken& item) {
  line(item.why.empty() ? "the crash still happens on the newest commit: " + item.newest
                        : "no fix is known yet: the newest commit is " + item.newest + ", " + item.why);
  crash_ = item.crash;
}

void BisectLog::write(const story::GaveUp& item) {
  line("gave up: " + item.why);
}

void BisectLog::finish(const Totals& totals) {
  flush_runs();
  line("revisions tested: " + std::to_string(totals.revisions) +
       ", total time: " + format_go_duration(totals.total) + " (build: " + format_go_duration(totals.build) +
       ", test: " + format_go_duration(totals.test) + ")");
  if (culprit_) write_culprit_end();
  if (!crash_) return;
  line("crash: " + crash_->title);
  block(crash_->report);
}

void BisectLog::write_culprit_end() {
  const std::string subject = details_ ? " " + first_line(details_->message) : "";
  line((culprit_->fix ? "first good commit: " : "first bad commit: ") + culprit_->commit + subject);
  if (culprit_->no_op) {
    line("the kernel is the same binary as before this commit: it is no-op for this config");
  }
  if (!culprit_->confirmation.empty()) {
    line("confidence: " + percent(culprit_->confidence) + " (" + culprit_->confirmation + ")");
  }
  if (details_) line("cc: " + quoted_list(details_->cc));
}

std::string bisect_log(const std::vector<story::Item>& story, const Totals& totals,
                       const BisectLog::DetailsOf& details_of) {
  std::string text;
  BisectLog log([&text](std::string_view lines) { text += lines; }, details_of);
  for (const story::Item& item : story) log.add(item);
  log.finish(totals);
  return text;
}

}  // namespace rigbisect
