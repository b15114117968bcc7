#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "report/result_json.h"
#include "sample_story.h"

namespace rigbisect {
namespace {

TEST_CASE("the result and all verdicts can be read by a program") {
  const auto json = nlohmann::json::parse(result_json(sample_story(), sample_totals()));
  CHECK(json["mode"] == "cause");
  CHECK(json["from"] == std::string(40, 'b'));
  CHECK(json["finished"] == true);
  CHECK(json["result"]["kind"] == "culprit");
  CHECK(json["result"]["commits"] == nlohmann::json::array({std::string(40, 'c')}));
  CHECK(json["result"]["noop"] == false);
  CHECK(json["result"]["release"].is_null());
  CHECK(json["result"]["confidence"].get<double>() == doctest::Approx(0.98765));
  CHECK(json["result"]["crash"]["title"] == "KASAN: use-after-free Read in ring_read");
  REQUIRE(json["verdicts"].size() == 8);
  CHECK(json["verdicts"][0]["verdict"] == "bad");
  CHECK(json["verdicts"][0]["runs"][1]["outcome"] == "crashed");
  CHECK(json["verdicts"][3]["verdict"] == "skip");
  CHECK(json["verdicts"][3]["reason"] ==
        "it does not build: drivers/misc/ring.c:120:9: error: 'x' undeclared");
  CHECK(json["verdicts"][4]["reason"] == "it does not boot: no line from the kernel for 60 s");
  CHECK(json["verdicts"][5]["runs"][1]["outcome"] == "bench_fault");
  CHECK(json["notes"].size() == 1);
  CHECK(json["totals"]["revisions"] == 7);
  CHECK(json["totals"]["total_s"].get<double>() == doctest::Approx(3723.25));
}

TEST_CASE("a campaign without a result has none") {
  const auto json = nlohmann::json::parse(result_json({story::Started{"c", true}}, {}));
  CHECK(json["mode"] == "fix");
  CHECK(json["finished"] == false);
  CHECK(json["result"].is_null());
}

TEST_CASE("every end has its kind") {
  const auto kind = [](story::Item item) -> std::string {
    return nlohmann::json::parse(result_json({std::move(item)}, {}))["result"]["kind"];
  };
  CHECK(kind(story::Inconclusive{{"a", "b"}, "w"}) == "range");
  CHECK(kind(story::NotReproduced{"w"}) == "not_reproduced");
  CHECK(kind(story::OldestBad{"c", std::nullopt}) == "oldest_bad");
  CHECK(kind(story::StillBroken{"c", std::nullopt, ""}) == "still_broken");
  CHECK(kind(story::GaveUp{"w"}) == "gave_up");
}

TEST_CASE("bytes that are not UTF-8 do no harm") {
  const std::string text = result_json({story::Note{"bad \xff byte"}}, {});
  CHECK(nlohmann::json::parse(text)["notes"].size() == 1);
}

}  // namespace
}  // namespace rigbisect
