#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "crash/find_text.h"
#include "crash/near.h"
#include "crash/oops_scan.h"
#include "crash/phrase_table.h"
#include "crash/repair.h"
#include "crash/text_ids.h"
#include "crash/word_finder.h"

namespace rigbisect {
namespace {

constexpr std::size_t slack = 24;  // of what may stand in front of a phrase that begins a line
// Drivers say "internal error" and the like of their own. A damaged one so short is believed only where
// nothing stands in front of it.
constexpr std::size_t plain_words = 16;

struct Reading {
  const Phrase* phrase = nullptr;
  NearMatch match;

  // Longer phrases say more; each error takes back what several bytes gave.
  std::size_t weight() const {
    constexpr std::size_t error_weight = 5;
    return phrase == nullptr
               ? 0
               : phrase->text.size() - std::min(phrase->text.size(), error_weight * match.errors);
  }
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == text.npos;
}

enum class Scope { headers, ignored, beginnings, anywhere, all };

bool is_in(Scope scope, PhrasePlace place) {
  if (scope == Scope::all) return true;
  if (scope == Scope::anywhere) return place == PhrasePlace::anywhere;
  if (scope == Scope::ignored) return place == PhrasePlace::ignored;
  if (scope == Scope::beginnings) return place != PhrasePlace::anywhere;
  return place == PhrasePlace::header || place == PhrasePlace::ignored;
}

// Finds the phrases that may be in a text, whole or damaged: with so many errors as are tolerated, one of a
// piece more stands there whole.
class PhraseIndex {
 public:
  static constexpr std::size_t shortest_piece = 3;  // see tolerated_errors()

  // Of phrases, by their place in the table.
  class Set {
   public:
    void add(std::size_t phrase) { words_[phrase / 64] |= std::uint64_t{1} << phrase % 64; }
    bool has(std::size_t phrase) const { return (words_[phrase / 64] >> phrase % 64 & 1) != 0; }

    Set& operator|=(const Set& other) {
      for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
      return *this;
    }

    // In the order of the table.
    template <typename Work>
    void for_each(Work work) const {
      for (std::size_t i = 0; i < words_.size(); ++i)
        for (auto rest = words_[i]; rest != 0; rest &= rest - 1)
          work(i * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
    }

   private:
    std::array<std::uint64_t, most_phrases / 64> words_{};
  };

  explicit PhraseIndex(Scope scope) {
    for (std::size_t i = 0; i < phrases().size(); ++i) {
      if (!is_in(scope, phrases()[i].place)) continue;
      const auto text = phrases()[i].text;
      const auto count = tolerated_errors(text.size()) + 1;
      for (std::size_t piece = 0; piece < count; ++piece) {
        const auto begin = text.size() * piece / count;
        const auto id = pieces_.add(text.substr(begin, text.size() * (piece + 1) / count - begin));
        if (id == phrases_of_.size()) phrases_of_.emplace_back();
        phrases_of_[id].add(i);
      }
      const bool goes_on = std::any_of(phrases().begin(), phrases().end(), [&](auto& other) {
        return other.text.size() > text.size() && other.text.starts_with(text);
      });
      if (goes_on) goes_on_.add(i);
    }
    finder_ = WordFinder<shortest_piece>(pieces_.texts());
  }

  Set candidates(std::string_view text) const {
    Set found;
    finder_.find(text, [&](std::size_t piece) { found |= phrases_of_[piece]; });
    return found;
  }

  // Whether it begins another phrase.
  bool goes_on(std::size_t phrase) const { return goes_on_.has(phrase); }

 private:
  TextIds pieces_{most_phrases};
  std::vector<Set> phrases_of_;  // those with the piece
  WordFinder<shortest_piece> finder_;
  Set goes_on_;
};

const PhraseIndex& all_phrases() {
  static const PhraseIndex index(Scope::all);
  return index;
}

const PhraseIndex& header_phrases() {
  static const PhraseIndex index(Scope::headers);
  return index;
}

const PhraseIndex& ignored_phrases() {
  static const PhraseIndex index(Scope::ignored);
  return index;
}

// "[#2]" is no damaged "[#1]".
bool only_digits_differ(std::string_view text, std::string_view phrase) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() >= phrase.size() && text.substr(0, phrase.size()) != phrase &&
         std::equal(phrase.begin(), phrase.end(), text.begin(),
                    [&](char a, char b) { return a == b || (is_digit(a) && is_digit(b)); });
}

void consider(Reading& best, const Phrase& phrase, std::string_view text) {
  if (phrase.text.size() <= best.weight()) return;
  const bool begins = phrase.place != PhrasePlace::anywhere;
  const auto stretch = begins ? text.substr(0, phrase.text.size() + slack) : text;
  const Reading reading{&phrase, find_near(stretch, phrase.text, tolerated_errors(phrase.text.size()))};
  const bool needs_beginning =
      phrase.place == PhrasePlace::start || (reading.match.errors > 0 && phrase.text.size() <= plain_words);
  if (begins && needs_beginning && !is_blank(text.substr(0, reading.match.begin))) return;
  if (reading.match.found && only_digits_differ(text.substr(reading.match.begin), phrase.text)) return;
  if (reading.match.found && reading.weight() > best.weight()) best = reading;
}

// The longest header that stands there whole, if none goes on from it.
Reading whole_header(std::string_view text, const PhraseIndex::Set& candidates) {
  Reading best;
  bool goes_on = false;
  candidates.for_each([&](std::size_t i) {
    const auto& phrase = phrases()[i];
    const bool longer = best.phrase == nullptr || phrase.text.size() > best.phrase->text.size();
    if (phrase.place != PhrasePlace::header || !longer) return;
    const auto at = find_text(text.substr(0, phrase.text.size() + slack), phrase.text);
    if (at == text.npos) return;
    best = {&phrase, {at, at + phrase.text.size(), 0, true}};
    goes_on = header_phrases().goes_on(i);
  });
  return goes_on ? Reading{} : best;
}

Reading best_reading(std::string_view text, Scope scope, const PhraseIndex::Set& candidates) {
  Reading best;
  if (scope != Scope::anywhere) best = whole_header(text, candidates);
  if (best.phrase != nullptr) return best;
  candidates.for_each([&](std::size_t i) {
    if (is_in(scope, phrases()[i].place)) consider(best, phrases()[i], text);
  });
  return best;
}

std::string apply(const Reading& reading, std::string_view text) {
  std::string out(text.substr(0, reading.match.begin));
  out += reading.phrase->text;
  out += text.substr(reading.match.end);
  return out;
}

bool is_plain(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return true;
  const auto word = text.substr(first, text.find(' ', first) - first);
  const bool frame = word.find("+0x") != word.npos && word.find("/0x") != word.npos;
  return frame || word.starts_with('#') || word == "Code:";
}

}  // namespace

std::string repair_header(std::string_view text) {
  const auto reading = best_reading(text, Scope::headers, header_phrases().candidates(text));
  if (reading.phrase == nullptr || reading.match.errors == 0) return {};
  return apply(reading, text);
}

bool resembles_ignored_line(std::string_view line) {
  bool found = false;
  ignored_phrases().candidates(line).for_each([&](std::size_t i) {
    const auto text = phrases()[i].text;
    found = found || (!has_text(line, text) && find_near(line, text, tolerated_errors(text.size())).found);
  });
  return found;
}

void repair_phrases(LogLines& log, Damage& damage) {
  for (auto& line : log.lines()) {
    if (line.context != log.lines().front().context || line.questionable || is_plain(line.text)) continue;
    auto candidates = all_phrases().candidates(line.text);
    for (const auto scope : {Scope::beginnings, Scope::anywhere}) {
      const auto reading = best_reading(line.text, scope, candidates);
      if (reading.phrase == nullptr || reading.match.errors == 0) continue;
      ++damage.places;
      const auto was = line.text.substr(reading.match.begin, reading.match.end - reading.match.begin);
      damage.repairs.push_back("text: '" + std::string(was) + "' read as '" +
                               std::string(reading.phrase->text) + "'");
      log.put(line, apply(reading, line.text));
      line.oops = oops_family_of(line.text, line.words) != nullptr;
      candidates = all_phrases().candidates(line.text);
    }
  }
}

}  // namespace rigbisect
