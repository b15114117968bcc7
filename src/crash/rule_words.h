#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crash/pattern.h"

// Each line is asked for hundreds of words, of which it has one or two. They are found once, in one pass over
// the line; every rule then asks what was found, and looks at the line itself only if it may fit.
namespace rigbisect {

// Some of the words that rules look for.
class WordSet {
 public:
  static constexpr std::size_t most_words = 256;

  void add(std::size_t word) { bits_[word / 64] |= std::uint64_t{1} << word % 64; }
  bool has(std::size_t word) const { return (bits_[word / 64] >> word % 64 & 1) != 0; }

  // Whether they have a word in common.
  bool meets(const WordSet& other) const {
    std::uint64_t common = 0;
    for (std::size_t i = 0; i < bits_.size(); ++i) common |= bits_[i] & other.bits_[i];
    return common != 0;
  }

  WordSet& operator|=(const WordSet& other) {
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= other.bits_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, most_words / 64> bits_{};
};

// The words that stand in a text.
WordSet words_in(std::string_view text);

// The words of which a text must have one for the word, or the pattern, to be in it. If no table has the word
// it is one that every text is said to have.
WordSet words_for(std::string_view word);
WordSet words_for(const Pattern& pattern);

// A line and its words.
struct WordedLine {
  std::string_view text;
  WordSet words;  // those of `text`, perhaps more
};

// Rules of which any may fit.
class RuleList {
 public:
  RuleList() = default;
  explicit RuleList(std::span<const Pattern> rules);

  void add(const Pattern& rule);

  bool fits(std::string_view text, const WordSet& words) const {
    return words_.meets(words) && any_fits(text, words);
  }
  bool fits(const WordedLine& line) const { return fits(line.text, line.words); }

  const Pattern& rule(std::size_t place) const { return *rules_[place].pattern; }
  std::size_t size() const { return rules_.size(); }

  // False if the rule, by its place in the list, fits no text with these words.
  bool may_fit(std::size_t rule, const WordSet& words) const { return rules_[rule].words.meets(words); }
  // Whether the rule, by its place in the list, fits this line.
  bool rule_fits(std::size_t place, const WordedLine& line) const {
    return may_fit(place, line.words) && matches(rule(place), line.text);
  }

 private:
  struct Rule {
    const Pattern* pattern = nullptr;
    WordSet words;
  };

  bool any_fits(std::string_view text, const WordSet& words) const;

  std::vector<Rule> rules_;
  WordSet words_;  // of all rules
};

}  // namespace rigbisect
