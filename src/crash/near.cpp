#include "crash/near.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "crash/find_text.h"

namespace rigbisect {
namespace {

constexpr std::size_t longest_phrase = 64;
constexpr auto hopeless = static_cast<unsigned>(longest_phrase);

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// std::has_single_bit counts bits, by a call where not every processor has an instruction for it.
bool is_one_bit(unsigned bits) {
  return bits != 0 && (bits & (bits - 1)) == 0;
}

struct Cell {
  std::size_t errors = 0;
  std::size_t begin = 0;
};

// An error spoils one piece at most: of most + 2 pieces, two stand there whole.
bool has_whole_pieces(std::string_view text, std::string_view phrase, std::size_t most) {
  const auto pieces = most + 2;
  std::size_t spoilt = 0;
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto from = phrase.size() * i / pieces;
    const auto piece = phrase.substr(from, phrase.size() * (i + 1) / pieces - from);
    if (!has_text(text, piece) && ++spoilt > most) return false;
  }
  return true;
}

// Whether any part of the text has at most `most` errors of any kind: columns of bits, as Myers (A fast
// bit-vector algorithm for approximate string matching, 1999) and Hyyrö have them.
bool is_near(std::string_view text, std::string_view phrase, std::size_t most) {
  std::array<std::uint64_t, 256> places{};
  for (std::size_t i = 0; i < phrase.size(); ++i)
    places[static_cast<unsigned char>(phrase[i])] |= std::uint64_t{1} << i;
  const auto last = std::uint64_t{1} << (phrase.size() - 1);
  std::uint64_t more = ~std::uint64_t{0};
  std::uint64_t less = 0;
  auto errors = phrase.size();
  for (const char c : text) {
    const auto same = places[static_cast<unsigned char>(c)];
    const auto kept = (((same & more) + more) ^ more) | same | less;
    auto up = less | ~(kept | more);
    auto down = more & kept;
    if ((up & last) != 0) ++errors;
    if ((down & last) != 0) --errors;
    if (errors <= most) return true;
    up <<= 1;
    down <<= 1;
    more = down | ~(kept | up);
    less = up & kept;
  }
  return false;
}

// What a serial line makes of a byte of the phrase. A word that begins with the other case is another word.
bool is_flip(char c, std::string_view phrase, std::size_t at) {
  constexpr unsigned case_bit = 0x20;
  const auto bits =
      static_cast<unsigned>(static_cast<unsigned char>(c) ^ static_cast<unsigned char>(phrase[at]));
  if (!is_one_bit(bits)) return false;
  const bool begins_word = at == 0 || !is_letter(phrase[at - 1]);
  const bool word_goes_on = at + 1 < phrase.size() && phrase[at + 1] >= 'a' && phrase[at + 1] <= 'z';
  return bits != case_bit || !is_letter(phrase[at]) || !begins_word || !word_goes_on;
}

}  // namespace

std::size_t tolerated_errors(std::size_t size) {
  if (size < 6) return 0;
  if (size < 11) return 1;
  return size < 22 ? 2 : 3;
}

NearMatch find_near(std::string_view text, std::string_view phrase, std::size_t most) {
  NearMatch best;
  if (phrase.empty() || phrase.size() > longest_phrase || !has_whole_pieces(text, phrase, most)) return best;
  if (const auto whole = find_text(text, phrase); whole != text.npos)
    return {whole, whole + phrase.size(), 0, true};
  if (!is_near(text, phrase, most)) return best;
  std::array<Cell, longest_phrase + 1> column;
  for (std::size_t i = 0; i <= phrase.size(); ++i) column[i] = {i, 0};
  best.errors = most + 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Cell diagonal = column[0];
    const bool within_word = is_letter(text[at]) && is_letter(phrase[0]);
    column[0] = {within_word ? hopeless : 0, at + 1};
    for (std::size_t i = 1; i <= phrase.size(); ++i) {
      const Cell above = column[i];
      const bool same = text[at] == phrase[i - 1];
      const auto cost = same ? 0U : is_flip(text[at], phrase, i - 1) ? 1U : hopeless;
      Cell cell{diagonal.errors + cost, diagonal.begin};
      if (column[i - 1].errors + 1 < cell.errors) cell = {column[i - 1].errors + 1, column[i - 1].begin};
      column[i] = cell;
      diagonal = above;
    }
    const auto& last = column[phrase.size()];
    if (last.errors < best.errors) best = {last.begin, at + 1, last.errors, true};
  }
  return best;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most || b.size() > 4 * longest_phrase) return most + 1;
  std::array<std::size_t, 4 * longest_phrase + 1> row;
  for (std::size_t i = 0; i <= a.size(); ++i) row[i] = i;
  for (std::size_t j = 1; j <= b.size(); ++j) {
    auto diagonal = row[0];
    row[0] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const auto left = row[i];
      row[i] = std::min({diagonal + (a[i - 1] != b[j - 1] ? 1U : 0U), row[i - 1] + 1, left + 1});
      diagonal = left;
    }
  }
  return std::min(row[a.size()], most + 1);
}

bool lost_bytes_of(std::string_view part, std::string_view whole, std::size_t most) {
  if (part.size() >= whole.size() || whole.size() - part.size() > most) return false;
  auto left = whole.size() - part.size();
  std::size_t at = 0;
  for (const char c : whole) {
    if (at < part.size() && part[at] == c) {
      ++at;
    } else if (left-- == 0) {
      return false;
    }
  }
  return true;
}

bool differs_by_a_bit(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin());
  if (differ.first == a.end()) return false;
  const auto bits = static_cast<unsigned char>(*differ.first) ^ static_cast<unsigned char>(*differ.second);
  return is_one_bit(static_cast<unsigned>(bits)) && std::equal(differ.first + 1, a.end(), differ.second + 1);
}

}  // namespace rigbisect
