#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "crash/find_text.h"
#include "crash/text_ids.h"

using namespace rigbisect;

TEST_CASE("a text is found where the library finds it") {
  std::mt19937 random(3);
  const auto letters = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text += "abc"[random() % 3];
    return text;
  };
  for (int round = 0; round < 5000; ++round) {
    const auto text = letters(random() % 80);
    const auto word = letters(random() % 6);
    const auto from = random() % 90;
    REQUIRE(find_text(text, word, from) == text.find(word, from));
  }
}

TEST_CASE("equal texts have one number, others have others, also when there are many") {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back("name_" + std::to_string(i));
  TextIds ids(4);
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(ids.add(texts[i]) == i);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK(ids.add(texts[i]) == i);
    CHECK(ids.find(texts[i]) == i);
    CHECK(ids.text(i) == texts[i]);
  }
  CHECK(ids.size() == texts.size());
  CHECK(ids.find("name") == TextIds::none);
  CHECK(ids.find("") == TextIds::none);
}
