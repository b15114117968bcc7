// rigbisect-init: process 1 of the initramfs on the machine under test. README.md says what it promises.

#include <cstdio>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/marker.h"
#include "target/console.h"
#include "target/run_config.h"
#include "target/session.h"
#include "target/system.h"

namespace rigbisect {
namespace {

constexpr const char* kUnknownNonce = "0000000000000000";
constexpr std::size_t kLongestConfig = 64 * 1024 + 1;

// What is said if init itself trips. Prepared in advance, for a signal handler may not allocate.
struct LastWords {
  char text[600];
  std::size_t size;
};
LastWords last_words;

void prepare_last_words(const std::string& nonce) {
  const Marker marker{nonce, 0xffffffffU, "fault", "init itself failed; this says nothing about the kernel"};
  const std::string line = "\n" + format_marker(marker) + "\n";
  last_words.size = line.copy(last_words.text, sizeof last_words.text);
}

// Process 1 must not die: the kernel would panic, and that would look like a crash of the kernel under test.
void on_own_failure(int /*signal*/, siginfo_t* info, void* /*context*/) {
  // Sent by somebody (kill(1, SIGSEGV) from a reproducer), not raised by us.
  if (info->si_code <= 0 && info->si_pid != getpid()) return;
  for (;;) {
    if (write(STDOUT_FILENO, last_words.text, last_words.size) < 0) pause();
    sleep(10);
  }
}

void on_child(int /*signal*/) {}

void set_up_signals() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  action.sa_sigaction = on_own_failure;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) sigaction(signal, &action, nullptr);
  struct sigaction child {};
  child.sa_handler = on_child;
  sigaction(SIGCHLD, &child, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

[[noreturn]] void run_as_init() {
  prepare_last_words(kUnknownNonce);
  set_up_signals();
  mount_file_systems();
  Console console;
  console.open();
  setpriority(PRIO_PROCESS, 0, -10);  // heartbeats in spite of a busy reproducer

  const auto config = parse_run_config(read_small_file(kRunConfigPath.data(), kLongestConfig));
  const std::string nonce = config ? config->nonce : kUnknownNonce;
  prepare_last_words(nonce);
  Session session(console, nonce);
  if (config) {
    session.run(*config);
  } else {
    session.fault(config.error().what);
  }
  session.wait_for_power_off();
}

}  // namespace
}  // namespace rigbisect

int main() {
  if (getpid() != 1) {
    std::fputs("rigbisect-init is process 1 of rigbisect's initramfs; it does nothing elsewhere.\n", stderr);
    return 2;
  }
  rigbisect::run_as_init();
}
