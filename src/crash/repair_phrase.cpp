#include <algorithm>
#include <array>
#include <vector>

#include "crash/near.h"
#include "crash/oops_scan.h"
#include "crash/phrase_table.h"
#include "crash/repair.h"

namespace rigbisect {
namespace {

constexpr std::size_t slack = 24;  // of what may stand in front of a phrase that begins a line

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

// A phrase with the beginnings of the pieces of which one must be whole: see find_near().
struct KnownPhrase {
  const Phrase* phrase;
  std::array<std::size_t, 4> pieces{};
  std::size_t count = 0;
  bool goes_on = false;  // it begins another phrase

  bool may_be_in(const Trigrams& text) const {
    return std::any_of(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](auto piece) { return text.has(piece); });
  }
};

const std::vector<KnownPhrase>& known_phrases() {
  static const auto known = [] {
    std::vector<KnownPhrase> all;
    for (const auto& phrase : phrases()) {
      KnownPhrase entry{&phrase, {}, tolerated_errors(phrase.text.size()) + 1};
      entry.goes_on = std::any_of(phrases().begin(), phrases().end(), [&](auto& other) {
        return other.text.size() > phrase.text.size() && other.text.starts_with(phrase.text);
      });
      for (std::size_t i = 0; i < entry.count; ++i)
        entry.pieces[i] = Trigrams::hash_of(phrase.text.data() + phrase.text.size() * i / entry.count);
      all.push_back(entry);
    }
    return all;
  }();
  return known;
}

// "[#2]" is no damaged "[#1]".
bool only_digits_differ(std::string_view text, std::string_view phrase) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() >= phrase.size() && text.substr(0, phrase.size()) != phrase &&
         std::equal(phrase.begin(), phrase.end(), text.begin(),
                    [&](char a, char b) { return a == b || (is_digit(a) && is_digit(b)); });
}

void consider(Reading& best, const Phrase& phrase, std::string_view text) {
  const bool begins = phrase.place != PhrasePlace::anywhere;
  const auto stretch = begins ? text.substr(0, phrase.text.size() + slack) : text;
  const Reading reading{&phrase, find_near(stretch, phrase.text, tolerated_errors(phrase.text.size()))};
  if (phrase.place == PhrasePlace::start && !is_blank(text.substr(0, reading.match.begin))) return;
  if (reading.match.found && only_digits_differ(text.substr(reading.match.begin), phrase.text)) return;
  if (reading.match.found && reading.weight() > best.weight()) best = reading;
}

// The longest header that stands there whole, if none goes on from it.
Reading whole_reading(std::string_view text, const Trigrams& there) {
  const KnownPhrase* found = nullptr;
  std::size_t begin = 0;
  for (const auto& phrase : known_phrases()) {
    const auto words = phrase.phrase->text;
    if (phrase.phrase->place != PhrasePlace::header) continue;
    if (!there.has(phrase.pieces[0]) || (found != nullptr && found->phrase->text.size() >= words.size()))
      continue;
    const auto at = text.substr(0, words.size() + slack).find(words);
    if (at == text.npos) continue;
    found = &phrase;
    begin = at;
  }
  if (found == nullptr || found->goes_on) return {};
  return {found->phrase, {begin, begin + found->phrase->text.size(), 0, true}};
}

enum class Scope { headers, beginnings, anywhere };

bool is_in(Scope scope, PhrasePlace place) {
  if (scope == Scope::anywhere) return place == PhrasePlace::anywhere;
  if (scope == Scope::beginnings) return place != PhrasePlace::anywhere;
  return place == PhrasePlace::header || place == PhrasePlace::ignored;
}

Reading best_reading(std::string_view text, Scope scope) {
  const Trigrams there(text);
  Reading best;
  if (scope != Scope::anywhere) best = whole_reading(text, there);
  if (best.phrase != nullptr) return best;
  for (const auto& phrase : known_phrases())
    if (is_in(scope, phrase.phrase->place) && phrase.may_be_in(there)) consider(best, *phrase.phrase, text);
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
  const auto reading = best_reading(text, Scope::headers);
  if (reading.phrase == nullptr || reading.match.errors == 0) return {};
  return apply(reading, text);
}

bool resembles_ignored_line(std::string_view line) {
  return std::any_of(phrases().begin(), phrases().end(), [&](const Phrase& phrase) {
    return phrase.place == PhrasePlace::ignored && line.find(phrase.text) == line.npos &&
           find_near(line, phrase.text, tolerated_errors(phrase.text.size())).found;
  });
}

void repair_phrases(LogLines& log, Damage& damage) {
  for (auto& line : log.lines()) {
    if (line.context != log.lines().front().context || line.questionable || is_plain(line.text)) continue;
    for (const auto scope : {Scope::beginnings, Scope::anywhere}) {
      const auto reading = best_reading(line.text, scope);
      if (reading.phrase == nullptr || reading.match.errors == 0) continue;
      ++damage.places;
      const auto was = line.text.substr(reading.match.begin, reading.match.end - reading.match.begin);
      damage.repairs.push_back("text: '" + std::string(was) + "' read as '" +
                               std::string(reading.phrase->text) + "'");
      line.text = log.keep(apply(reading, line.text));
      line.oops = oops_family_of(line.text) != nullptr;
    }
  }
}

}  // namespace rigbisect
