#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "crash/word_finder.h"

namespace rigbisect {
namespace {

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += "abc "[random() % 4];
  return text;
}

template <std::size_t shortest>
void compare_with_simple_search(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> kept;
  for (int i = 0; i < 30; ++i) kept.push_back(random_text(random, 1 + random() % 12));
  const std::vector<std::string_view> words(kept.begin(), kept.end());
  const WordFinder<shortest> finder(words);
  for (std::size_t size = 0; size < 80; ++size) {
    const auto text = random_text(random, size);
    std::set<std::size_t> expected;
    for (std::size_t word = 0; word < words.size(); ++word)
      if (words[word].size() >= shortest && text.find(words[word]) != text.npos) expected.insert(word);
    std::set<std::size_t> found;
    finder.find(text, [&](std::size_t word) { found.insert(word); });
    CAPTURE(seed);
    CAPTURE(text);
    CHECK(found == expected);
  }
}

TEST_CASE("the words of a text are those that a simple search finds, wherever they stand") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    compare_with_simple_search<3>(seed);
    compare_with_simple_search<4>(seed);
    compare_with_simple_search<6>(seed);
  }
}

}  // namespace
}  // namespace rigbisect
