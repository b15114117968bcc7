#include <algorithm>
#include <vector>

#include "crash/frame_table.h"
#include "crash/word_finder.h"

namespace rigbisect {
namespace {

// Looks only at the rules whose letters stand in a name.
class FunctionRules {
 public:
  explicit FunctionRules(std::span<const std::string_view> rules) {
    std::vector<std::string_view> letters;
    for (const auto rule : rules) {
      const auto head = rule.starts_with('^') ? std::size_t{1} : 0;
      const auto tail = rule.ends_with('$') ? std::size_t{1} : 0;
      const auto text = rule.substr(head, rule.size() - head - tail);
      if (text.size() < shortest) {
        short_.push_back(rule);
      } else {
        letters.push_back(text);
        rules_.push_back(rule);
      }
    }
    finder_ = WordFinder<shortest>(letters);
  }

  bool fit(std::string_view name) const {
    bool found = fits_any_rule(name, short_);
    finder_.find(name, [&](std::size_t rule) { found = found || fits_rule(name, rules_[rule]); });
    return found;
  }

 private:
  static constexpr std::size_t shortest = 3;

  std::vector<std::string_view> rules_;
  std::vector<std::string_view> short_;  // too short for the finder
  WordFinder<shortest> finder_;
};

}  // namespace

bool is_skipped_function(std::string_view function) {
  static const FunctionRules rules(skipped_functions());
  return rules.fit(function);
}
bool is_stall_anchor(std::string_view function) {
  static const FunctionRules rules(stall_anchors());
  return rules.fit(function);
}
bool is_waiting_function(std::string_view function) {
  static const FunctionRules rules(waiting_functions());
  return rules.fit(function);
}

}  // namespace rigbisect
