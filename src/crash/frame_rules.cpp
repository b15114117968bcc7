#include <algorithm>
#include <bitset>
#include <unordered_set>
#include <vector>

#include "crash/find_text.h"
#include "crash/frame_table.h"
#include "crash/pattern.h"

namespace rigbisect {
namespace {

// Rules sorted by the first bytes that a name must have for them.
class RuleIndex {
 public:
  explicit RuleIndex(std::span<const std::string_view> rules) {
    for (const auto rule : rules) {
      if (rule.starts_with('^') && rule.ends_with('$'))
        whole_.insert(rule.substr(1, rule.size() - 2));
      else
        add(rule);
    }
  }

  bool fits(std::string_view name) const {
    if (whole_.count(name) != 0) return true;
    for (std::size_t at = 0; at + 3 <= name.size(); ++at) {
      const auto hash = hash_of(name.substr(at));
      if (!there_.test(hash)) continue;
      const auto& rules = buckets_[hash];
      if (std::any_of(rules.begin(), rules.end(), [&](auto rule) { return fits_rule(name, rule); }))
        return true;
    }
    return std::any_of(short_.begin(), short_.end(), [&](auto rule) { return fits_rule(name, rule); });
  }

 private:
  static constexpr std::size_t size = 8192;

  static std::size_t hash_of(std::string_view text) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
    };
    return (byte(0) + 41 * byte(1) + 1681 * byte(2)) % size;
  }

  void add(std::string_view rule) {
    const auto text = rule.substr(rule.starts_with('^') ? 1 : 0);
    const auto letters = text.size() - (rule.ends_with('$') ? 1 : 0);
    if (letters < 3) {
      short_.push_back(rule);
      return;
    }
    there_.set(hash_of(text));
    buckets_[hash_of(text)].push_back(rule);
  }

  std::unordered_set<std::string_view> whole_;
  std::bitset<size> there_;
  std::vector<std::vector<std::string_view>> buckets_{size};
  std::vector<std::string_view> short_;
};

}  // namespace

bool is_skipped_function(std::string_view function) {
  static const RuleIndex index(skipped_functions());
  return index.fits(function);
}
bool is_stall_anchor(std::string_view function) {
  static const RuleIndex index(stall_anchors());
  return index.fits(function);
}
bool is_waiting_function(std::string_view function) {
  static const RuleIndex index(waiting_functions());
  return index.fits(function);
}

}  // namespace rigbisect
