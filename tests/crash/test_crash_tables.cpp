// Every row of the crash tables is well-formed and can be reached.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "crash/frame_table.h"
#include "crash/guilty_table.h"
#include "crash/log_note.h"
#include "crash/oops_scan.h"
#include "crash/oops_table.h"
#include "crash/pattern.h"
#include "crash/phrase_table.h"
#include "crash/report_table.h"
#include "crash/rule_words.h"
#include "crash/signal_scan.h"
#include "crash/title.h"
#include "crash/title_table.h"

using namespace rigbisect;

namespace {

// A text that a pattern without alternatives matches, made from the pattern itself.
std::string sample_of(std::string_view pattern) {
  std::string text;
  for (std::size_t at = pattern.starts_with('^') ? 1 : 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') {
      text += pattern[++at];
    } else if (c == '*') {
      const bool wide = pattern.substr(at, 2) == "**";
      text += wide ? "\n" : "";
      at += wide ? 1 : 0;
    } else if (c == '{' || c == '[') {
      const auto close = pattern.find(c == '{' ? '}' : ']', at);
      const auto name = std::string(pattern.substr(at + 1, close - at - 1));
      const bool choice = name.find('|') != std::string::npos;
      if (choice)
        text += name.substr(0, name.find('|'));
      else if (name == "func")
        text += "some_function+0x10/0x20";
      else if (name == "src")
        text += "mm/slub.c:123";
      else if (name == "num" || name == "hex" || name == "long" || name == "addr")
        text += "12345678";
      else if (name == "kind" || name == "word" || name == "symbol" || name == "name")
        text += "word";
      else if (name == "other")
        text += "(";
      else if (name == "nl")
        text += "\n";
      at = close;
    } else {
      text += c;
    }
  }
  return text;
}

// The same for the first alternative.
std::string sample_of(const Pattern& whole) {
  return sample_of(whole.text().substr(0, whole.text().find('\n')));
}

}  // namespace

TEST_CASE("every family's literal starts an oops of that family, unless an earlier one is part of it") {
  std::set<std::string_view> literals;
  for (const auto& family : oops_families()) {
    CHECK_MESSAGE(literals.insert(family.literal).second, family.literal);
    const auto* found = oops_family_of(family.literal);
    REQUIRE_MESSAGE(found != nullptr, family.literal);
    CHECK_MESSAGE(family.literal.find(found->literal) != std::string_view::npos, family.literal);
    CHECK_FALSE(family.formats.empty());
  }
}

TEST_CASE("every title pattern matches a text made from it, and that text is an oops") {
  for (const auto& family : oops_families()) {
    for (const auto& format : family.formats) {
      const auto sample = sample_of(format.title);
      CHECK_MESSAGE(matches(format.title, sample), sample);
    }
  }
}

TEST_CASE("every ignore rule takes its line out of the family") {
  for (const auto& family : oops_families()) {
    for (const auto& rule : family.ignore) {
      const auto line = sample_of(rule) + " " + std::string(family.literal);
      const auto* found = oops_family_of(line);
      CHECK_MESSAGE((found == nullptr || found != &family), line);
    }
  }
}

TEST_CASE("templates use only what their patterns capture") {
  for (const auto& family : oops_families()) {
    for (const auto& format : family.formats) {
      CHECK_FALSE(format.name.empty());
      const auto& source = format.report.empty() ? format.title : format.report;
      const auto match = search(source, sample_of(source));
      for (const auto text : {format.name, format.alternative}) {
        for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
          const char key = text.at(at + 1);
          CAPTURE(std::string(text));
          if (key == 'f' || key == 'g') {
            CHECK(format.frame != nullptr);
          } else {
            REQUIRE(match);
            CHECK(static_cast<std::size_t>(key - '0') <= match->count);
          }
        }
      }
    }
  }
}

TEST_CASE("recipes end in a trace or capture a function") {
  for (const auto& family : oops_families()) {
    for (const auto& format : family.formats) {
      if (format.frame == nullptr) continue;
      REQUIRE_FALSE(format.frame->steps.empty());
      CHECK(format.frame->steps.back() == FrameRecipe::trace_step);
    }
  }
}

TEST_CASE("phrases and words are not more than there is room for") {
  CHECK(phrases().size() <= most_phrases);
  for (const auto& phrase : phrases()) CHECK_MESSAGE(phrase.text.size() <= 64, phrase.text);
  for (const auto& rule : missing_stacks())
    CHECK_MESSAGE(!words_for(rule).meets(words_in("no word")), rule.text());
}

TEST_CASE("no type rule is hidden by an earlier one") {
  const auto rules = type_rules();
  for (std::size_t i = 0; i < rules.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK_MESSAGE(!rules[i].prefix.starts_with(rules[j].prefix), rules[i].prefix);
}

TEST_CASE("no frame rule is written twice") {
  for (const auto rules : {skipped_functions(), stall_anchors(), waiting_functions(), syscall_prefixes()}) {
    std::set<std::string_view> seen;
    for (const auto rule : rules) CHECK_MESSAGE(seen.insert(rule).second, rule);
  }
}

TEST_CASE("frame rules fit where they say") {
  CHECK(fits_rule("kasan_report", "kasan"));
  CHECK(fits_rule("iput", "^iput$"));
  CHECK_FALSE(fits_rule("iputs", "^iput$"));
  CHECK(fits_rule("refcount_inc", "^refcount_"));
  CHECK_FALSE(fits_rule("my_refcount_inc", "^refcount_"));
  CHECK(fits_rule("drm_warn", "_warn$"));
}

TEST_CASE("every suppression fits its own sample, which is worth a look") {
  for (const auto& rule : suppressions()) {
    for (auto rest = rule.text(); !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const auto sample = sample_of(rest.substr(0, end));
      CHECK_MESSAGE(note_of(sample) == LogNote::suppressed, sample);
      CHECK_MESSAGE(find_note_signal(sample, 0) < sample.size(), sample);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

TEST_CASE("titles lose what differs from run to run") {
  CHECK(clean_title("x in syz-executor.3/12345 at addr ffff8880deadbeef") ==
        "x in syz-executor at addr ADDR");
  CHECK(clean_title("f+0x10/0x20 on CPU#3: 10.0.0.1") == "f on CPU: IP");
  CHECK(clean_title("at mm/slub.c:123 (12)") == "at mm/slub.c:LINE (NUM)");
  CHECK(clean_title("  a\tb   c\x01 ") == "a b c");
  CHECK(clean_title(std::string(500, 'a')).size() == 120);
}
