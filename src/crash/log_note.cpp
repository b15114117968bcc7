#include "crash/log_note.h"

#include "crash/find_text.h"

namespace rigbisect {
namespace {

// The fuzzer or the remote shell died of its own: nothing to learn about the kernel.
constexpr Pattern rules[] = {
    "Out of memory: Kill process * (syz-executor)\nOut of memory: Kill process * (sshd)",
    "Killed process * (syz-executor)\nKilled process * (sshd)",
    "lowmemorykiller: Killing 'syz-executor'\nlowmemorykiller: Killing 'sshd'",
    "failed to start executor binary",
    "panic: failed to start executor binary",
    "panic: executor failed: pthread_create failed",
    "panic: failed to create temp dir",
    "SYZFAIL: SIGBUS\npanic: executor * failed: SIGBUS",
    "fatal error: runtime: out of memory\nfatal error: runtime: cannot allocate memory",
    "fatal error: out of memory\nruntime: out of memory",
    "fatal error: unexpected signal during runtime execution\nSIGBUS: bus error",
    "fatal error: runtime.newosproc\nruntime: failed to create new OS thread\nfatal error: newosproc",
    "panic: * cannot allocate memory",
    "INIT: PANIC: segmentation violation",
    "init\\[[num]\\]: segfault\ninit[num]: segfault",
    "\\*\\*\\* stack smashing detected \\*\\*\\*: terminated",
};

}  // namespace

std::span<const Pattern> suppressions() {
  return rules;
}

LogNote note_of(std::string_view line, const WordSet& words) {
  static const RuleList suppressing(rules);
  if (has_text(line, "Kernel panic - not syncing")) return LogNote::panicked;
  if (has_text(line, "serialport: VM disconnected.")) return LogNote::disconnected;
  return suppressing.fits(line, words) ? LogNote::suppressed : LogNote::none;
}

LogNote note_of(std::string_view line) {
  return note_of(line, words_in(line));
}

}  // namespace rigbisect
