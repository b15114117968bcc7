#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "published_log.h"
#include "report/bisect_log.h"
#include "sample_story.h"

namespace rigbisect {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string without_line(std::string text, const std::string& start) {
  const std::size_t at = text.find(start);
  REQUIRE(at != std::string::npos);
  return text.erase(at, text.find('\n', at) + 1 - at);
}

BisectLog::DetailsOf always(const CommitDetails& details) {
  return [details](const CommitId&) { return details; };
}

BisectLog::DetailsOf never() {
  return [](const CommitId&) { return std::nullopt; };
}

// The facts are written as events would have brought them. One line has no counterpart here and is left out
// of the comparison: "building syzkaller on ...", for we build no fuzzer.
TEST_CASE("the log of a published kernel bisection is written line for line") {
  const std::filesystem::path path =
      std::filesystem::path(RIGBISECT_SOURCE_DIR) / "../shared/reference/bisection-v4.18-v4.19.log";
  if (!std::filesystem::exists(path)) {
    MESSAGE("skipped: " << path.string() << " is not there");
    return;
  }
  const std::string published = read(path);
  const PublishedFacts facts = read_published(published, 10);
  CHECK(facts.story.size() > 200);
  const std::string ours = bisect_log(facts.story, facts.totals, always(facts.culprit));
  CHECK(ours == without_line(published, "building syzkaller on "));
}

TEST_CASE("a short bisection is written as the golden file has it") {
  const std::string ours = bisect_log(sample_story(), sample_totals(), always(sample_culprit()));
  CHECK(ours == read(std::filesystem::path(RIGBISECT_SOURCE_DIR) / "tests/data/bisect-log/sample.log"));
}

TEST_CASE("a log written live is the log written at the end") {
  std::string live;
  BisectLog log([&live](std::string_view lines) { live += lines; }, always(sample_culprit()));
  std::size_t before = 0;
  for (const story::Item& item : sample_story()) {
    log.add(item);
    CHECK(live.size() >= before);
    CHECK((live.empty() || live.back() == '\n'));
    before = live.size();
  }
  log.finish(sample_totals());
  CHECK(live == bisect_log(sample_story(), sample_totals(), always(sample_culprit())));
}

TEST_CASE("one run is not called all runs") {
  const std::string text = bisect_log(
      {story::Testing{"c", ""}, story::Run{0, Survived{}, "b", "", ""}, story::RunsOver{Verdict::good, ""}},
      {}, never());
  CHECK(text.starts_with("testing commit c\nrun #0: OK\n"));
}

TEST_CASE("one revision and one step are singular, as git says them") {
  const std::string text = bisect_log({story::Step{1, 1, "c", "s"}}, {}, never());
  CHECK(text.starts_with("Bisecting: 1 revision left to test after this (roughly 1 step)\n[c] s\n"));
}

TEST_CASE("nothing from outside can act on a terminal or forge a line") {
  CrashReport crash;
  crash.title = "BUG in \x1b[31mred\nfirst bad commit: forged";
  crash.report = "line \x1b]0;title\x07\n";
  CommitDetails details = sample_culprit();
  details.author = "Eve\x1b[2J\n# git bisect good 0";
  const std::string text =
      bisect_log({story::Testing{"c", "gcc\x1b[1m"}, story::Run{0, Crashed{{crash}, {}, false}, "b", "", ""},
                  story::RunsOver{Verdict::bad, ""}, story::Culprit{.commit = "c", .crash = crash}},
                 {}, always(details));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find("\nfirst bad commit: forged") == std::string::npos);
  CHECK(text.find("\n# git bisect good 0") == std::string::npos);
}

TEST_CASE("every other end has its words") {
  const auto log = [](story::Item item) { return bisect_log({std::move(item)}, {}, never()); };
  CHECK(log(story::Inconclusive{{"a", "b"}, "why"})
            .starts_with("There are only 'skip'ped commits left to test.\n"
                         "The first bad commit could be any of:\na\nb\nWe cannot bisect more!\n"));
  CHECK(log(story::NotReproduced{"why"}).starts_with("not reproduced: why\n"));
  CHECK(log(story::OldestBad{"c", std::nullopt}).find("oldest crashing commit: c\n") != std::string::npos);
  CHECK(log(story::StillBroken{"c", std::nullopt, ""}).find("newest commit: c\n") != std::string::npos);
  CHECK(log(story::GaveUp{"why"}).starts_with("gave up: why\n"));
}

TEST_CASE("confidence is never rounded up") {
  const std::string text = bisect_log(
      {story::Culprit{.commit = "c", .confidence = 0.99999, .confirmation = "it crashed"}}, {}, never());
  CHECK(text.find("confidence: 99.9 % (it crashed)\n") != std::string::npos);
}

TEST_CASE("an interrupted campaign's log ends with the runs so far and the costs") {
  const std::string text = bisect_log({story::Testing{"c", ""}, story::Run{0, Survived{}, "b", "", ""}},
                                      Totals{.revisions = 1}, never());
  CHECK(text == "testing commit c\nrun #0: OK\nrevisions tested: 1, total time: 0s (build: 0s, test: 0s)\n");
}

TEST_CASE("costs are added up from the events, faults included") {
  const std::vector<Event> events{
      BuildEnded{"a", Built{"s", false}, "gcc", std::chrono::seconds(5)},
      RunEnded{"a", "b", Survived{}, std::chrono::seconds(60), ""},
      RunEnded{"a", "b", BenchFault{{Errc::io, "x"}}, std::chrono::seconds(10), ""},
      BuildEnded{"c", BuildFailed{"e"}, "gcc", std::chrono::seconds(3)},
      BuildEnded{"d", Built{"s", true}, "gcc", std::chrono::seconds(1)},
  };
  const Totals totals = add_up(events, std::chrono::seconds(100));
  CHECK(totals == Totals{2, 2, std::chrono::seconds(100), std::chrono::seconds(9), std::chrono::seconds(70)});
}

}  // namespace
}  // namespace rigbisect
