#include "crash/rule_words.h"

#include <algorithm>

#include "crash/frame_table.h"
#include "crash/log_note.h"
#include "crash/oops_table.h"
#include "crash/report_table.h"
#include "crash/text_ids.h"
#include "crash/word_finder.h"

namespace rigbisect {
namespace {

constexpr std::size_t shortest = 4;    // of the words that are looked for
constexpr std::size_t every_text = 0;  // the word that every text is said to have

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

class WordIndex {
 public:
  WordIndex() {
    words_.add({});  // is `every_text`
    for (const auto& family : oops_families()) add(family);
    for (const auto rules : {suppressions(), stack_starts(), frame_lines(), unsound_trace_lines(),
                             report_ends(), dropped_lines(), other_cpu_starts(), info_messages_with_stack(),
                             continuation_lines(), stack_headings(), missing_stacks()})
      add(rules);
    for (const auto word : line_words()) add(word);
    finder_ = WordFinder<shortest>(words_.texts());
  }

  WordSet words_in(std::string_view text) const {
    WordSet found;
    found.add(every_text);
    finder_.find(text, [&](std::size_t word) { found.add(word); });
    return found;
  }

  std::size_t number(std::string_view word) const {
    const auto found = words_.find(word);
    return found == TextIds::none ? every_text : found;
  }

 private:
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
    if (word.size() >= shortest && words_.size() < WordSet::most_words) words_.add(word);
  }

  TextIds words_{WordSet::most_words};
  WordFinder<shortest> finder_;
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

bool RuleList::any_fits(std::string_view text, const WordSet& words) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](auto& rule) { return rule.words.meets(words) && matches(*rule.pattern, text); });
}

}  // namespace rigbisect
