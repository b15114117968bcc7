#include "published_log.h"

#include <regex>

#include <doctest/doctest.h>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

// Go's durations have fractions, ours have not: "1h51m54.335217953s" is "1h51m54s" and nanoseconds.
Duration go_duration(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return *parse_duration(text);
  std::string fraction = text.substr(dot + 1, text.size() - dot - 2);
  fraction.resize(9, '0');
  return *parse_duration(text.substr(0, dot) + "s") + Duration(std::stoll(fraction));
}

RunOutcome outcome_of(const std::string& text) {
  if (text == "OK") return Survived{};
  CrashReport report;
  report.title = text.substr(std::string("crashed: ").size());
  return Crashed{{report}, {}, false};
}

class Reader {
 public:
  Reader(const std::string& text, int runs) : runs_(runs) {
    for (const std::string_view line : split(text, '\n')) lines_.emplace_back(line);
    if (lines_.back().empty()) lines_.pop_back();
  }

  PublishedFacts read() {
    while (next_ < lines_.size() && !culprit_begins()) decision(lines_[next_++]);
    culprit();
    return std::move(facts_);
  }

 private:
  template <typename Item>
  void tell(Item item) {
    facts_.story.emplace_back(std::move(item));
  }

  static bool matches(const std::string& line, const char* pattern, std::smatch& match) {
    return std::regex_match(line, match, std::regex(pattern));
  }

  bool culprit_begins() const { return lines_[next_].ends_with(" is the first bad commit"); }

  void decision(const std::string& line) {
    std::smatch match;
    if (!line.starts_with("run #") && in_runs_) {
      tell(story::RunsOver{});
      in_runs_ = false;
    }
    if (line.starts_with("building syzkaller on ")) return;
    if (matches(line, "bisecting cause commit starting from (\\w+)", match)) {
      tell(story::Started{match[1], false});
    } else if (matches(line, "testing release (.+)", match)) {
      tell(story::TestingRelease{match[1]});
    } else if (matches(line, "testing commit (\\w+) with (.+)", match)) {
      tell(story::Testing{match[1], match[2]});
    } else if (matches(line, "run #(\\d+): (.+)", match)) {
      run(std::stoi(match[1]), match[2]);
    } else if (matches(line, "all runs: (.+)", match)) {
      for (int i = 0; i < runs_; ++i) run(i, match[1]);
    } else if (matches(line, "# git bisect start (\\S+) (\\S+)", match)) {
      tell(story::RangeFound{match[1], match[2], match[1], match[2]});
    } else if (matches(line, "# git bisect (good|bad) (\\w+)", match)) {
      tell(story::Marked{match[1] == "good" ? story::Mark::good : story::Mark::bad, match[2], ""});
    } else {
      step(line);
    }
  }

  void run(int number, const std::string& text) {
    tell(story::Run{number, outcome_of(text), "board", "", ""});
    in_runs_ = true;
  }

  void step(const std::string& line) {
    std::smatch match;
    std::smatch commit;
    REQUIRE_MESSAGE(matches(line, "Bisecting: (\\d+) revisions? left .* \\(roughly (\\d+) steps?\\)", match),
                    line);
    REQUIRE(matches(lines_[next_++], "\\[(\\w+)\\] (.*)", commit));
    tell(story::Step{std::stoul(match[1]), std::stoi(match[2]), commit[1], commit[2]});
  }

  // The value of a line "KEY VALUE".
  std::string value(const std::string& key) {
    const std::string& line = lines_.at(next_++);
    REQUIRE_MESSAGE(line.starts_with(key), line);
    return line.substr(key.size());
  }

  void culprit() {
    CommitDetails& details = facts_.culprit;
    ++next_;
    details.id = value("commit ");
    details.author = value("Author: ");
    details.date = value("Date:   ");
    CHECK(value("").empty());
    while (lines_[next_].starts_with("    ")) {
      details.message += (details.message.empty() ? "" : "\n") + value("    ");
    }
    CHECK(value("").empty());
    while (lines_[next_].starts_with(":")) details.raw_diff += value("") + "\n";
    costs(value("revisions tested: "));
    CHECK(value("first bad commit: ").starts_with(details.id));
    const std::string cc = value("cc: ");
    const std::regex address("\"([^\"]+)\"");
    for (std::sregex_iterator it(cc.begin(), cc.end(), address), end; it != end; ++it) {
      details.cc.push_back((*it)[1]);
    }
    CrashReport crash;
    crash.title = value("crash: ");
    while (next_ < lines_.size()) crash.report += value("") + "\n";
    tell(story::Culprit{.commit = details.id, .crash = crash});
  }

  void costs(const std::string& text) {
    std::smatch match;
    REQUIRE(matches(text, "(\\d+), total time: (\\S+) \\(build: (\\S+), test: (\\S+)\\)", match));
    facts_.totals.revisions = std::stoi(match[1]);
    facts_.totals.total = go_duration(match[2]);
    facts_.totals.build = go_duration(match[3]);
    facts_.totals.test = go_duration(match[4]);
  }

  int runs_;
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
  bool in_runs_ = false;
  PublishedFacts facts_;
};

}  // namespace

PublishedFacts read_published(const std::string& text, int runs) {
  return Reader(text, runs).read();
}

}  // namespace rigbisect
