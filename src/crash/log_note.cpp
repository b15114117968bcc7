#include "crash/log_note.h"

#include <algorithm>
#include <vector>

#include "crash/near.h"
#include "crash/pattern.h"

namespace rigbisect {
namespace {

// The fuzzer or the remote shell died of its own: nothing to learn about the kernel.
constexpr std::string_view rules[] = {
    "Out of memory: Kill* process * (syz-executor)\nOut of memory: Kill* process * (sshd)",
    "Out of memory: Killed process * (syz\nOut of memory: Kill process * (syz",
    "lowmemorykiller: Killing 'syz-executor'\nlowmemorykiller: Killing 'sshd'",
    "failed to start executor binary",
    "panic: failed to start executor binary",
    "panic: executor failed: pthread_create failed",
    "panic: failed to create temp dir",
    "SYZFAIL: SIGBUS\npanic: executor * failed: SIGBUS",
    "fatal error: runtime: out of memory\nfatal error: out of memory\nruntime: out of memory",
    "fatal error: unexpected signal during runtime execution\nSIGBUS: bus error",
    "fatal error: runtime.newosproc\nruntime: failed to create new OS thread\nfatal error: newosproc",
    "panic: * cannot allocate memory",
    "INIT: PANIC: segmentation violation",
    "init\\[[num]\\]: segfault\ninit[num]: segfault",
    "\\*\\*\\* stack smashing detected \\*\\*\\*: terminated",
};

struct Need {
  std::size_t trigram;  // of a text that the line must have
  std::string_view pattern;
};

const std::vector<Need>& needs() {
  static const auto all = [] {
    std::vector<Need> found;
    for (std::string_view rest : rules) {
      while (!rest.empty()) {
        const auto pattern = rest.substr(0, rest.find('\n'));
        found.push_back({Trigrams::hash_of(needed_text(pattern).data()), pattern});
        rest.remove_prefix(std::min(pattern.size() + 1, rest.size()));
      }
    }
    return found;
  }();
  return all;
}

}  // namespace

std::span<const std::string_view> suppressions() {
  return rules;
}

LogNote note_of(std::string_view line) {
  if (line.find("Kernel panic - not syncing") != line.npos) return LogNote::panicked;
  if (line.find("serialport: VM disconnected.") != line.npos) return LogNote::disconnected;
  const Trigrams there(line);
  const bool suppressed = std::any_of(needs().begin(), needs().end(), [&](const Need& need) {
    return there.has(need.trigram) && matches(need.pattern, line);
  });
  return suppressed ? LogNote::suppressed : LogNote::none;
}

}  // namespace rigbisect
