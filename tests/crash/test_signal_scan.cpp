#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "crash/oops_scan.h"
#include "crash/phrase_table.h"
#include "crash/signal_scan.h"

using namespace rigbisect;

namespace {

std::string quiet(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "[    1.000000] usb 1-1: new device found\n";
  return text;
}

bool is_signal(const std::string& line) {
  return find_signal(line, 0) < line.size();
}

}  // namespace

TEST_CASE("a quiet log has no place worth a look") {
  const auto text = quiet(100000);
  CHECK(find_signal(text, 0) == text.size());
  CHECK(find_signal("", 0) == 0);
}

TEST_CASE("every oops literal is found wherever it stands") {
  for (const auto& family : oops_families()) {
    for (std::size_t shift = 0; shift < 70; ++shift) {
      const auto before = quiet(4000).substr(0, 3960 + shift) + "\n";
      const auto text = before + std::string(family.literal) + " and more\n" + quiet(100);
      CAPTURE(std::string(family.literal));
      for (const bool portable : {false, true}) {
        const auto found = find_signal(text, 0, portable);
        REQUIRE(found >= before.size());
        CHECK(found <= before.size() + family.literal.size());
      }
    }
  }
}

TEST_CASE("what may be a note about the whole log is found among signals that are none") {
  const std::string oops = "BUG: unable to handle kernel NULL pointer dereference at 0000000000000000\n";
  for (const std::string note :
       {"Kernel panic - not syncing: Fatal exception", "serialport: VM disconnected.",
        "Out of memory: Killed process 7 (syz-executor)", "SYZFAIL: SIGBUS",
        "panic: failed to create temp dir", "init[1]: segfault at 0 ip 0"}) {
    CAPTURE(note);
    const auto text = quiet(3000) + "pointer dereference at 0\n" + note + "\n" + quiet(100);
    const auto begin = text.find(note);
    const auto found = find_note_signal(text, 0);
    CHECK(found >= begin);
    CHECK(found <= begin + note.size());
  }
  CHECK(find_note_signal("handle page fault for the paging request at", 0) == 43);
  CHECK(find_note_signal("a\x1b[0m", 0) == 1);
  CHECK(find_note_signal(oops, 0) == oops.size());
}

TEST_CASE("a literal at the very end of the bytes is found") {
  for (const auto& family : oops_families()) CHECK(is_signal(std::string(family.literal)));
}

TEST_CASE("bytes that are no text are worth a look, line ends and tabs are not") {
  CHECK(is_signal("a\x1b[0m"));
  CHECK(is_signal(std::string("a\0b", 3)));
  CHECK(is_signal("a\xff"));
  CHECK_FALSE(is_signal("a\tb\r\n"));
}

TEST_CASE("the portable scan finds the same places, whatever the bytes") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    auto text = quiet(2000);
    constexpr std::string_view odd = "BUG:c:3\t\r\x7f\xff";
    for (int i = 0; i < round % 8; ++i) text[random() % text.size()] = odd[random() % odd.size()];
    for (std::size_t from = 0; from < text.size(); from = find_signal(text, from) + 1)
      REQUIRE(find_signal(text, from) == find_signal(text, from, true));
  }
}

TEST_CASE("most headers are still found when any one byte of them is lost") {
  std::size_t all = 0;
  std::size_t found = 0;
  for (const auto& phrase : phrases()) {
    if (phrase.place != PhrasePlace::header || phrase.text.size() < 20) continue;
    for (std::size_t lost = 0; lost < phrase.text.size(); ++lost) {
      auto line = std::string(phrase.text) + "x";
      line.erase(lost, 1);
      ++all;
      found += is_signal(line) ? 1U : 0U;
    }
  }
  CHECK(100 * found >= 98 * all);
}
