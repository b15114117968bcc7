#include "crash/report_table.h"

namespace rigbisect {
namespace {

constexpr Pattern ends[] = {"Kernel panic - not syncing", "possible circular locking dependency"};
constexpr Pattern dropped[] = {"Disabling lock debugging due to kernel taint"};
constexpr Pattern other_cpus[] = {"Sending NMI from CPU"};
// of KFENCE; "Call Trace" comes only with no_hash_pointers
constexpr Pattern headings[] = {"^[Use-after-free|Out-of-bounds|Invalid] [read|write] at 0x",
                                "^Invalid free of 0x"};
constexpr Pattern missing[] = {"(stack is not available)"};
constexpr std::string_view words[] = {" login: ", " Comm: syz."};

}  // namespace

std::span<const Pattern> report_ends() {
  return ends;
}
std::span<const Pattern> dropped_lines() {
  return dropped;
}
std::span<const Pattern> other_cpu_starts() {
  return other_cpus;
}
std::span<const Pattern> stack_headings() {
  return headings;
}
std::span<const Pattern> missing_stacks() {
  return missing;
}
std::span<const std::string_view> line_words() {
  return words;
}

}  // namespace rigbisect
