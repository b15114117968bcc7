#include <string>

#include <doctest/doctest.h>

#include "target/build_id.h"

using namespace rigbisect;

namespace {

std::string word(unsigned value) {
  std::string out;
  for (int i = 0; i < 4; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  return out;
}

std::string note(unsigned type, std::string name, std::string description) {
  std::string out =
      word(static_cast<unsigned>(name.size())) + word(static_cast<unsigned>(description.size())) + word(type);
  name.resize((name.size() + 3) / 4 * 4);
  description.resize((description.size() + 3) / 4 * 4);
  return out + name + description;
}

const std::string kGnu("GNU\0", 4);
const std::string kXen("Xen\0", 4);

}  // namespace

TEST_CASE("the build id is found among other notes") {
  const std::string notes = note(0x100, std::string("Linux\0", 6), "odd") + note(3, kXen, "12345678") +
                            note(3, kGnu, "\x01\xfe\x20") + note(3, kGnu, "later");
  CHECK(gnu_build_id(notes) == "01fe20");
}

TEST_CASE("notes without a build id have none") {
  CHECK(gnu_build_id("").empty());
  CHECK(gnu_build_id(note(1, kGnu, "abcd")).empty());
}

TEST_CASE("damaged notes are never read beyond their end") {
  const std::string whole = note(3, kGnu, "12345678901234567890");
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(gnu_build_id(whole.substr(0, length)).empty());
  CHECK(gnu_build_id(word(0xffffffff) + word(0xffffffff) + word(3) + kGnu).empty());
  CHECK(gnu_build_id(word(4) + word(0xfffffffe) + word(3) + kGnu).empty());
}
