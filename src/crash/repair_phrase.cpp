#include <algorithm>
#include <array>
#include <bitset>
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

// Which groups of three bytes are in a text, with a few more by accident.
class Trigrams {
 public:
  explicit Trigrams(std::string_view text) {
    for (std::size_t at = 0; at + 3 <= text.size(); ++at) there_.set(hash_of(text.data() + at));
  }
  bool has(std::size_t hash) const { return there_.test(hash); }

  static std::size_t hash_of(const char* at) {
    const auto byte = [&](int i) { return static_cast<std::size_t>(static_cast<unsigned char>(at[i])); };
    return (byte(0) + 37 * byte(1) + 1369 * byte(2)) % size;
  }

 private:
  static constexpr std::size_t size = 4096;
  std::bitset<size> there_;
};

// A phrase with the beginnings of the pieces of which one must be whole: see find_near().
struct KnownPhrase {
  const Phrase* phrase;
  std::array<std::size_t, 4> pieces{};
  std::size_t count = 0;

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

Reading best_reading(std::string_view text, bool headers_only) {
  Reading best;
  const Trigrams there(text);
  for (const auto& phrase : known_phrases()) {
    const auto place = phrase.phrase->place;
    if (headers_only && place != PhrasePlace::header && place != PhrasePlace::ignored) continue;
    if (phrase.may_be_in(there)) consider(best, *phrase.phrase, text);
  }
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
  const auto reading = best_reading(text, true);
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
    const auto reading = best_reading(line.text, false);
    if (reading.phrase == nullptr || reading.match.errors == 0) continue;
    ++damage.places;
    const auto was = line.text.substr(reading.match.begin, reading.match.end - reading.match.begin);
    damage.repairs.push_back("text: '" + std::string(was) + "' read as '" +
                             std::string(reading.phrase->text) + "'");
    line.text = log.keep(apply(reading, line.text));
    line.oops = oops_family_of(line.text) != nullptr;
  }
}

}  // namespace rigbisect
