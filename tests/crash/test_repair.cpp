// What a lossy line does to a report, and what is made of it.
#include <algorithm>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "console_case.h"
#include "crash/crash_parser.h"
#include "crash/oops_scan.h"
#include "crash/phrase_table.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

const std::string report =
    "[   12.345001] ==================================================================\n"
    "[   12.345002] BUG: KASAN: use-after-free in ring_read_all+0x71/0x90\n"
    "[   12.345003] Read of size 8 at addr ffff888003a1b2c0 by task reader/71\n"
    "[   12.345004] \n"
    "[   12.345005] CPU: 0 PID: 71 Comm: reader Not tainted 6.1.0 #1\n"
    "[   12.345006] Call Trace:\n"
    "[   12.345007]  <TASK>\n"
    "[   12.345008]  dump_stack_lvl+0x45/0x5d\n"
    "[   12.345009]  print_report+0xcf/0x620\n"
    "[   12.345010]  ring_read_all+0x71/0x90\n"
    "[   12.345011]  vfs_read+0x1e6/0x4f0\n"
    "[   12.345012]  ksys_read+0xd4/0x180\n"
    "[   12.345013]  do_syscall_64+0x3f/0x90\n"
    "[   12.345014]  entry_SYSCALL_64_after_hwframe+0x72/0xdc\n"
    "[   12.345015]  </TASK>\n";
const std::string title = "KASAN: use-after-free Read in ring_read_all";

std::string with(std::string text, const std::string& whole, const std::string& damaged) {
  const auto at = text.find(whole);
  REQUIRE(at != std::string::npos);
  return text.replace(at, whole.size(), damaged);
}

std::string with_losses(const std::string& log, double share, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution lost(share);
  std::string out;
  for (const char c : log)
    if (!lost(random)) out += c;
  return out;
}

}  // namespace

TEST_CASE("a whole report needs no repair") {
  CHECK(first(report).title == title);
  CHECK(first(report).repairs.empty());
  CHECK_FALSE(first(report).corrupted);
}

TEST_CASE("a header that lost bytes still begins a report, and the report says how it was read") {
  for (const auto* damaged :
       {"BU: KASAN: use-after-free in", "BUG: KAAN: use-after-free in", "BUG: KASAN: use-afer-free in"}) {
    const auto found = first(with(report, "BUG: KASAN: use-after-free in", damaged));
    CAPTURE(damaged);
    CHECK(found.title == title);
    REQUIRE_FALSE(found.repairs.empty());
    CHECK(found.repairs.front().find("BUG: KASAN: use-after-free in") != std::string::npos);
  }
}

TEST_CASE("a function's name is taken from the place where it is whole") {
  const auto found = first(with(report, "in ring_read_all", "in ring_red_all"));
  CHECK(found.title == title);
  REQUIRE(found.repairs.size() == 1);
  CHECK(found.repairs.front() == "function: 'ring_red_all' read as 'ring_read_all'");
}

TEST_CASE("a damaged name of the machinery is not blamed") {
  CHECK(first(with(report, "print_report", "prnt_report")).title == title);
  const auto no_frame_in_header = with(report, "dump_stack_lvl", "dmp_stack_lvl");
  CHECK(first(no_frame_in_header).title == title);
}

TEST_CASE("a damaged time stamp does not take a line out of its report") {
  for (const auto* damaged :
       {"12.345006] Call", "[   12345006] Call", "[   12.345006 Call", "[   12.34506] Call"})
    CHECK(first(with(report, "[   12.345006] Call", damaged)).title == title);
  CHECK(first(with(report, "[   12.345002] BUG", "[   12.345002 BUG")).title == title);
}

TEST_CASE("two lines that ran into each other are parted") {
  CHECK(first(with(report, "Call Trace:\n", "Call Trace:")).title == title);
}

TEST_CASE("an oops line into which a frame ran is still one") {
  const auto text = with(report, "in ring_read_all+0x71/0x90\n",
                         "in ring_read_all+0x71/0x90[   12.345011]  vfs_read+0x1e6/0x4f0\n");
  CHECK(first(with(text, "[   12.345006]", "[   12.34506]")).title == title);
}

TEST_CASE("short time stamps at the end of short lines do no harm") {
  CHECK_FALSE(first("WARNING: x\n[    1.5] ab\n[1.5] \n[1.5] a\n").title.empty());
}

TEST_CASE("a name that stands only once in a text that lost bytes makes the report doubtful") {
  auto text =
      with(report, "ring_read_all+0x71/0x90\n[   12.345011]", "ring_rx_all+0x71/0x90\n[   12.345011]");
  text = with(text, "ffff888003a1b2c0", "fff888003a1b2c0");
  text = with(text, "[   12.345012]", "[   12.34512]");
  text = with(text, "[   12.345013]", "[   12.34513]");
  CHECK(first(text).corrupted);
}

TEST_CASE("functions with similar names are not mixed up on a whole line") {
  auto text = with(report, "vfs_read+0x1e6/0x4f0", "vfs_readv+0x1e6/0x4f0");
  text = with(text, "in ring_read_all+0x71/0x90", "in ring_read_al+0x71/0x98");
  CHECK(first(text).title == "KASAN: use-after-free Read in ring_read_al");
}

TEST_CASE("lossy lines give the right title or say that they are corrupted") {
  std::size_t all = 0;
  std::size_t right = 0;
  std::size_t misleading = 0;
  for (const auto& test : console_cases()) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
      const auto found = first(with_losses(test.log, 1e-3, seed));
      const bool same = found.title == test.header("title");
      ++all;
      right += same ? 1U : 0U;
      misleading += !same && !found.corrupted && !found.title.empty() ? 1U : 0U;
    }
  }
  CHECK(100 * right >= 90 * all);
  CHECK(100 * misleading <= 5 * all);
}

TEST_CASE("every header phrase begins an oops, every ignored one does not, and none is too long") {
  CHECK(phrases().size() <= most_phrases);
  for (const auto& phrase : phrases()) {
    CAPTURE(std::string(phrase.text));
    CHECK(phrase.text.size() <= 64);
    CHECK(phrase.text.size() >= 5);
    if (phrase.place == PhrasePlace::header) CHECK(oops_family_of(phrase.text) != nullptr);
    if (phrase.place == PhrasePlace::ignored) CHECK(oops_family_of(phrase.text) == nullptr);
  }
}

TEST_CASE("the common functions are sorted and each is there once") {
  const auto functions = common_functions();
  CHECK(std::is_sorted(functions.begin(), functions.end()));
  CHECK(std::adjacent_find(functions.begin(), functions.end()) == functions.end());
}
