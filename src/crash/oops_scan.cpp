#include "crash/oops_scan.h"

#include <algorithm>

#include "crash/pattern.h"

namespace rigbisect {
namespace {

bool is_ignored(const OopsFamily& family, std::string_view line) {
  return std::any_of(family.ignore.begin(), family.ignore.end(),
                     [&](auto rule) { return matches(rule, line); });
}

}  // namespace

const OopsFamily* oops_family_of(std::string_view line) {
  for (const auto& family : oops_families())
    if (line.find(family.literal) != line.npos && !is_ignored(family, line)) return &family;
  return nullptr;
}

bool is_replay_note(std::string_view line) {
  return line.find("** replaying previous printk message **") != line.npos;
}

OopsLine find_oops(std::string_view bytes, std::size_t from) {
  std::string scratch;
  while (from < bytes.size()) {
    const auto raw = line_at(bytes, from);
    const auto* family = oops_family_of(clean_line(bytes.substr(from, raw.end - from), scratch));
    if (family != nullptr) {
      const auto behind = raw.next < bytes.size() ? line_at(bytes, raw.next) : RawLine{};
      if (!is_replay_note(clean_line(bytes.substr(behind.start, behind.end - behind.start), scratch)))
        return {family, raw.start, raw.end, raw.next};
    }
    from = raw.next;
  }
  return {};
}

}  // namespace rigbisect
