#include "crash/oops_scan.h"

#include <algorithm>

#include "crash/find_text.h"
#include "crash/near.h"
#include "crash/pattern.h"

namespace rigbisect {
namespace {

bool is_ignored(const OopsFamily& family, std::string_view line, const Trigrams& there) {
  return std::any_of(family.ignore.begin(), family.ignore.end(),
                     [&](auto& rule) { return may_match(rule, there) && matches(rule, line); });
}

}  // namespace

const OopsFamily* oops_family_of(std::string_view line) {
  const Trigrams there(line);
  for (const auto& family : oops_families())
    if (there.has(Trigrams::hash_of(family.literal.data())) && has_text(line, family.literal) &&
        !is_ignored(family, line, there))
      return &family;
  return nullptr;
}

bool is_replay_note(std::string_view line) {
  return has_text(line, "** replaying previous printk message **");
}

}  // namespace rigbisect
