#include "crash/rule_words.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "crash/frame_table.h"
#include "crash/log_note.h"
#include "crash/oops_table.h"
#include "crash/report_table.h"
#include "crash/text_ids.h"

namespace rigbisect {
namespace {

// A word of `shortest` bytes covers a whole sample at one of every `step` places, wherever it stands: only
// those places are looked at.
constexpr std::size_t sample = 3;
constexpr std::size_t step = 2;
constexpr std::size_t shortest = sample + step - 1;
constexpr std::size_t loaded = 4;
constexpr std::size_t every_text = 0;  // the word that every text is said to have
static_assert(std::endian::native == std::endian::little, "samples are cut out of four bytes");

std::size_t shortest_choice(std::string_view choices) {
  auto least = choices.size();
  for (std::size_t at = 0; at <= choices.size();) {
    const auto bar = std::min(choices.find('|', at), choices.size());
    least = std::min(least, bar - at);
    at = bar + 1;
  }
  return least;
}

// For each alternative, the longest text of which one must be there; "" if there is none.
template <typename Use>
void for_each_needed(const Pattern& pattern, Use use) {
  const auto* token = pattern.tokens();
  for (std::size_t i = 0; i < pattern.alternatives(); ++i, ++token) {
    std::string_view longest;
    std::size_t size = shortest - 1;
    for (; token->kind != TokenKind::end; ++token) {
      const bool literal = token->kind == TokenKind::literal;
      if (!literal && token->kind != TokenKind::choice) continue;
      const auto body = pattern.body(*token);
      const auto telling = literal ? body.size() : shortest_choice(body);
      if (telling <= size) continue;
      size = telling;
      longest = body;
    }
    for (;;) {
      const auto bar = longest.find('|');
      use(longest.substr(0, bar));
      if (bar == longest.npos) break;
      longest.remove_prefix(bar + 1);
    }
  }
}

std::uint32_t load(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The sample at `at`. REQUIRES: a byte more to read.
std::uint32_t sample_at(const char* at) {
  return load(at) << 8;
}

// The sample that ends at `end`. REQUIRES: a byte more in front of it.
std::uint32_t sample_before(const char* end) {
  return load(end - loaded) & ~std::uint32_t{0xff};
}

constexpr int hash_bits = 13;
std::size_t hash_of(std::uint32_t sampled) {
  return sampled * 0x9E3779B1U >> (32 - hash_bits);
}

// Small letters, digits and blanks are everywhere.
std::size_t common_bytes(std::string_view text) {
  const auto is_common = [](char c) {
    return c == ' ' || c == '_' || c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_common));
}

class WordIndex {
 public:
  WordIndex() {
    words_.add({});  // is `every_text`
    for (const auto& family : oops_families()) add(family);
    for (const auto rules :
         {suppressions(), stack_starts(), unsound_trace_lines(), report_ends(), dropped_lines(),
          other_cpu_starts(), info_messages_with_stack(), continuation_lines(), missing_stacks()})
      add(rules);
    for (const auto word : line_words()) add(word);
    std::sort(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
      return std::pair(hash_of(a.sampled), a.sampled) < std::pair(hash_of(b.sampled), b.sampled);
    });
    for (auto i = entries_.size(); i-- > 0;)
      first_[hash_of(entries_[i].sampled)] = static_cast<std::uint16_t>(i);
  }

  WordSet words_in(std::string_view text) const {
    WordSet found;
    found.add(every_text);
    if (text.size() < shortest) return found;
    const auto* const begin = text.data();
    const auto* const last = begin + text.size() - loaded;
    const auto look = [&](std::uint32_t sampled, const char* at) {
      if (may_be(sampled)) collect(sampled, text, static_cast<std::size_t>(at - begin), found);
    };
    for (const auto* at = begin; at <= last; at += step) {
      while (last - at >= std::ptrdiff_t{3 * step} && none_of_four(at)) at += 4 * step;
      if (at <= last) look(sample_at(at), at);
    }
    if (text.size() % step != 0) look(sample_before(text.data() + text.size()), last + 1);
    return found;
  }

  std::size_t number(std::string_view word) const {
    const auto found = words_.find(word);
    return found == TextIds::none ? every_text : found;
  }

 private:
  static constexpr std::size_t size = std::size_t{1} << hash_bits;

  struct Entry {
    std::uint32_t sampled = 0;
    std::size_t offset = 0;  // of the sample in the word
    std::size_t word = 0;
  };

  void add(std::span<const Pattern> rules) {
    for (const auto& rule : rules) add(rule);
  }
  void add(const Pattern& rule) {
    for_each_needed(rule, [&](auto word) { add(word); });
  }
  void add(const OopsFamily& family) {
    add(family.literal);
    add(family.ignore);
    for (const auto& format : family.formats) {
      add(format.title);
      if (format.frame == nullptr) continue;
      for (const auto steps : {format.frame->steps, format.frame->fallback, format.frame->last_resort})
        for (const auto& rule : steps)
          if (rule != FrameRecipe::trace_step) add(rule);
    }
  }

  void add(std::string_view word) {
    if (word.size() < shortest || number(word) != every_text || words_.size() == WordSet::most_words) return;
    const auto id = words_.add(word);
    std::size_t best = 0;
    for (std::size_t at = 1; at + shortest <= word.size(); ++at)
      if (common_bytes(word.substr(at, shortest)) < common_bytes(word.substr(best, shortest))) best = at;
    for (auto offset = best; offset < best + step; ++offset) {
      std::array<char, loaded> bytes{};
      word.copy(bytes.data(), sample, offset);
      const auto sampled = sample_at(bytes.data());
      there_[hash_of(sampled)] = 1;
      entries_.push_back({sampled, offset, id});
    }
  }

  bool may_be(std::uint32_t sampled) const { return there_[hash_of(sampled)] != 0; }

  // Looks at all, which is faster than to stop at the first.
  bool none_of_four(const char* at) const {
    const auto there = [&](std::size_t i) { return there_[hash_of(sample_at(at + i * step))]; };
    return (there(0) | there(1) | there(2) | there(3)) == 0;
  }

  // The words that cover `sampled`, which is at `at`.
  void collect(std::uint32_t sampled, std::string_view text, std::size_t at, WordSet& found) const {
    std::size_t i = first_[hash_of(sampled)];
    while (i < entries_.size() && entries_[i].sampled < sampled &&
           hash_of(entries_[i].sampled) == hash_of(sampled))
      ++i;
    for (; i < entries_.size() && entries_[i].sampled == sampled; ++i) {
      const auto& entry = entries_[i];
      if (entry.offset <= at && text.substr(at - entry.offset).starts_with(words_.text(entry.word)))
        found.add(entry.word);
    }
  }

  std::array<std::uint8_t, size> there_{};
  std::array<std::uint16_t, size> first_{};  // of the entries with that hash, where there is one
  std::vector<Entry> entries_;
  TextIds words_{512};
};

const WordIndex& index() {
  static const WordIndex built;
  return built;
}

}  // namespace

WordSet words_in(std::string_view text) {
  return index().words_in(text);
}

WordSet words_for(std::string_view word) {
  WordSet words;
  words.add(index().number(word));
  return words;
}

WordSet words_for(const Pattern& pattern) {
  WordSet words;
  for_each_needed(pattern, [&](auto word) { words.add(index().number(word)); });
  return words;
}

RuleList::RuleList(std::span<const Pattern> rules) {
  for (const auto& rule : rules) add(rule);
}

void RuleList::add(const Pattern& rule) {
  rules_.push_back({&rule, words_for(rule)});
  words_ |= rules_.back().words;
}

bool RuleList::fits(std::string_view text, const WordSet& words) const {
  return words_.meets(words) && std::any_of(rules_.begin(), rules_.end(), [&](auto& rule) {
           return rule.words.meets(words) && matches(*rule.pattern, text);
         });
}

}  // namespace rigbisect
