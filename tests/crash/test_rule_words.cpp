// The words of rules are found wherever they stand, and only there.
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "crash/frame_table.h"
#include "crash/log_note.h"
#include "crash/oops_table.h"
#include "crash/rule_words.h"

using namespace rigbisect;

namespace {

bool has_word(std::string_view text, std::string_view word) {
  return words_in(text).meets(words_for(word));
}

std::vector<std::string_view> literals() {
  std::vector<std::string_view> found;
  for (const auto& family : oops_families()) found.push_back(family.literal);
  return found;
}

}  // namespace

TEST_CASE("a word is found at every place of a text, also at its ends") {
  for (const auto word : literals())
    for (std::size_t before = 0; before < 10; ++before)
      for (std::size_t behind = 0; behind < 10; ++behind) {
        const auto text = std::string(before, '~') + std::string(word) + std::string(behind, '~');
        REQUIRE_MESSAGE(has_word(text, word), text);
      }
}

TEST_CASE("a word is not found where a byte of it is wrong") {
  CHECK_FALSE(has_word("", "BUG:"));
  CHECK_FALSE(has_word("BUG", "BUG:"));
  for (const auto word : literals())
    for (std::size_t at = 0; at < word.size(); ++at) {
      auto text = "~~" + std::string(word) + "~~";
      text[2 + at] = '~';
      REQUIRE_FALSE_MESSAGE(has_word(text, word), text);
    }
}

TEST_CASE("words are found as the library finds them in a mix of them") {
  std::mt19937 random(5);
  const auto words = literals();
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    while (text.size() < 60) {
      const auto word = words[random() % words.size()];
      text += word.substr(random() % 3, 1 + random() % word.size());
    }
    for (const auto word : words) REQUIRE(has_word(text, word) == (text.find(word) != text.npos));
  }
}

TEST_CASE("a word that no table has may be in any text") {
  CHECK(has_word("some text", "no table has this"));
  CHECK(has_word("", "no table has this"));
}

TEST_CASE("most lines are asked for no rule at all") {
  const auto words = words_in("[   12.345678][ T1234]  ring_read+0x12/0x340 [ring]");
  const auto possible = [&](std::span<const Pattern> rules) {
    std::size_t count = 0;
    for (const auto& rule : rules) count += words_for(rule).meets(words) ? 1U : 0U;
    return count;
  };
  CHECK(possible(stack_starts()) == 0);
  CHECK(possible(unsound_trace_lines()) == 0);
  CHECK(possible(info_messages_with_stack()) == 0);
  CHECK(possible(continuation_lines()) == 0);
  for (const auto& family : oops_families()) CHECK(possible(family.ignore) == 0);
}

TEST_CASE("a list of rules fits what one of its rules fits") {
  const RuleList starts(stack_starts());
  for (const std::string_view line : {"Call Trace:", "Freed by task 12:", "  backtrace (crc 1f):", "Freed:"})
    CHECK_MESSAGE(starts.fits(line, words_in(line)), line);
  CHECK_FALSE(starts.fits("Freed 12 pages", words_in("Freed 12 pages")));
  CHECK_FALSE(RuleList().fits("Call Trace:", words_in("Call Trace:")));
}
