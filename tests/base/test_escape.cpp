#include <doctest/doctest.h>

#include "base/escape.h"

using namespace rigbisect;

TEST_CASE("every byte comes back as it was") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const std::string text = escape(bytes);
  CHECK(text.find_first_not_of(
            "\\ !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrst"
            "uvwxyz{|}~") == std::string::npos);
  CHECK(unescape(text) == bytes);
}

TEST_CASE("what does not fit whole is left out") {
  CHECK(escape("ab\n", 5) == "ab");
  CHECK(escape("ab\n", 6) == "ab\\x0a");
  CHECK(escape("abc", 0).empty());
}

TEST_CASE("text that escape() does not write is refused") {
  for (const char* text : {"\\", "\\x", "\\x0", "\\x0g", "\\x0A", "\\n", "a\nb", "\xc3\xa9"})
    CHECK(unescape(text) == std::nullopt);
}
