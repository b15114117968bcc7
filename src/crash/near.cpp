#include "crash/near.h"

#include <algorithm>
#include <array>
#include <bit>

namespace rigbisect {
namespace {

constexpr std::size_t longest_phrase = 64;

struct Cell {
  std::size_t errors = 0;
  std::size_t begin = 0;
};

// With `most` errors, one of most + 1 pieces is whole.
bool has_whole_piece(std::string_view text, std::string_view phrase, std::size_t most) {
  const auto pieces = most + 1;
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto from = phrase.size() * i / pieces;
    const auto piece = phrase.substr(from, phrase.size() * (i + 1) / pieces - from);
    if (text.find(piece) != text.npos) return true;
  }
  return false;
}

}  // namespace

std::size_t tolerated_errors(std::size_t size) {
  if (size < 6) return 0;
  if (size < 11) return 1;
  return size < 22 ? 2 : 3;
}

NearMatch find_near(std::string_view text, std::string_view phrase, std::size_t most) {
  NearMatch best;
  if (phrase.empty() || phrase.size() > longest_phrase || !has_whole_piece(text, phrase, most)) return best;
  std::array<Cell, longest_phrase + 1> column;
  for (std::size_t i = 0; i <= phrase.size(); ++i) column[i] = {i, 0};
  best.errors = most + 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Cell diagonal = column[0];
    column[0] = {0, at + 1};
    for (std::size_t i = 1; i <= phrase.size(); ++i) {
      const Cell left = column[i];
      Cell cell{diagonal.errors + (text[at] != phrase[i - 1] ? 1U : 0U), diagonal.begin};
      if (column[i - 1].errors + 1 < cell.errors) cell = {column[i - 1].errors + 1, column[i - 1].begin};
      if (left.errors + 1 < cell.errors) cell = {left.errors + 1, left.begin};
      column[i] = cell;
      diagonal = left;
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
  std::size_t at = 0;
  for (const char c : whole)
    if (at < part.size() && part[at] == c) ++at;
  return at == part.size();
}

bool differs_by_a_bit(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin());
  if (differ.first == a.end()) return false;
  const auto bits = static_cast<unsigned char>(*differ.first) ^ static_cast<unsigned char>(*differ.second);
  return std::has_single_bit(static_cast<unsigned>(bits)) &&
         std::equal(differ.first + 1, a.end(), differ.second + 1);
}

}  // namespace rigbisect
