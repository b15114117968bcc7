#pragma once

#include <cstddef>
#include <string_view>

// Approximate matching for texts that lost bytes: insertions, deletions and substitutions count one each.
namespace rigbisect {

struct NearMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t errors = 0;
  bool found = false;
};

// Errors that a text of this size may have and still be taken for another.
std::size_t tolerated_errors(std::size_t size);

// The part of `text` that is nearest to `phrase`, if it has at most `most` errors: bytes that were lost and
// bits that were inverted. A serial line adds nothing, so a text with other bytes says something else. Time:
// the product of the sizes, but next to nothing where only scattered pieces of the phrase stand in the text.
// Phrases longer than 64 bytes are not found.
NearMatch find_near(std::string_view text, std::string_view phrase, std::size_t most);

// Edits between two words, or `most` + 1 if there are more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

// Whether `part` is `whole` without one to `most` of its bytes.
bool lost_bytes_of(std::string_view part, std::string_view whole, std::size_t most);

// Whether the texts differ in one bit of one byte.
bool differs_by_a_bit(std::string_view a, std::string_view b);

}  // namespace rigbisect
