#include "report/result_json.h"

#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/duration.h"

namespace rigbisect {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kIndent = 2;

const char* kind_of(const RunOutcome& outcome) {
  static constexpr const char* kKinds[] = {"survived", "crashed", "hung", "boot_failed", "bench_fault"};
  static_assert(std::size(kKinds) == std::variant_size_v<RunOutcome>);
  return kKinds[outcome.index()];
}

Json crash_json(const std::optional<CrashReport>& crash) {
  if (!crash) return nullptr;
  return {{"title", crash->title}, {"type", crash->type}, {"report", crash->report}};
}

class Document {
 public:
  Document()
      : root_({{"mode", "cause"},
               {"from", ""},
               {"finished", false},
               {"result", nullptr},
               {"verdicts", Json::array()},
               {"notes", Json::array()}}) {}

  void operator()(const story::Started& item) {
    root_["mode"] = item.fix ? "fix" : "cause";
    root_["from"] = item.from;
  }
  void operator()(const story::Testing& item) {
    root_["verdicts"].push_back({{"commit", item.commit},
                                 {"compiler", item.compiler},
                                 {"verdict", to_string(Verdict::open)},
                                 {"reason", ""},
                                 {"runs", Json::array()}});
  }
  void operator()(const story::Run& item) {
    if (root_["verdicts"].empty()) return;
    root_["verdicts"].back()["runs"].push_back(
        {{"number", item.number},
         {"board", item.board},
         {"outcome", kind_of(item.outcome)},
         {"text", item.text.empty() ? describe(item.outcome) : item.text},
         {"console", item.console}});
  }
  void operator()(const story::RunsOver& item) { decide(to_string(item.verdict), item.reason); }
  void operator()(const story::BuildBroken& item) {
    decide(to_string(Verdict::skip), "it does not build: " + item.first_error);
  }
  void operator()(const story::Note& item) { root_["notes"].push_back(item.text); }

  void operator()(const story::Culprit& item) {
    Json& result = conclude("culprit", {item.commit}, "");
    result["noop"] = item.no_op;
    result["release"] = item.release.empty() ? Json() : Json(item.release);
    result["confidence"] = item.confidence;
    result["confirmation"] = item.confirmation;
    result["crash"] = crash_json(item.crash);
  }
  void operator()(const story::Inconclusive& item) {
    Json& result = conclude("range", item.candidates, item.why);
    if (!item.probabilities.empty()) result["probabilities"] = item.probabilities;
  }
  void operator()(const story::NotReproduced& item) { conclude("not_reproduced", {}, item.why); }
  void operator()(const story::OldestBad& item) {
    conclude("oldest_bad", {item.oldest}, "")["crash"] = crash_json(item.crash);
  }
  void operator()(const story::StillBroken& item) {
    conclude("still_broken", {item.newest}, item.why)["crash"] = crash_json(item.crash);
  }
  void operator()(const story::GaveUp& item) { conclude("gave_up", {}, item.why); }

  // Steps, marks and ranges follow from the verdicts.
  template <typename Other>
  void operator()(const Other&) {}

  Json& root() { return root_; }

 private:
  void decide(const char* verdict, const std::string& reason) {
    if (root_["verdicts"].empty()) return;
    root_["verdicts"].back()["verdict"] = verdict;
    root_["verdicts"].back()["reason"] = reason;
  }

  Json& conclude(const char* kind, const std::vector<CommitId>& commits, const std::string& why) {
    root_["finished"] = true;
    root_["result"] = {{"kind", kind}, {"commits", commits}, {"why", why}};
    return root_["result"];
  }

  Json root_;
};

}  // namespace

std::string result_json(const std::vector<story::Item>& story, const Totals& totals) {
  Document document;
  for (const story::Item& item : story) std::visit(document, item);
  document.root()["totals"] = {{"revisions", totals.revisions},
                               {"runs", totals.runs},
                               {"total_s", to_seconds(totals.total)},
                               {"build_s", to_seconds(totals.build)},
                               {"test_s", to_seconds(totals.test)}};
  return document.root().dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rigbisect
