#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crash/crash_report.h"

// What a run can end in: a closed set. Only judge() (verdict.h) turns outcomes into evidence about a commit.
namespace rigbisect {

// The reproducer ran for the whole time and the kernel is still fine.
struct Survived {
  Duration ran{};

  bool operator==(const Survived&) const = default;
};

// The kernel reported at least one crash. A machine that restarted by itself has the report titled
// "unexpected kernel reboot".
struct Crashed {
  std::vector<CrashReport> reports;  // never empty; in the order they came
  Duration after{};          // from the start of the reproducer (or of the kernel) to the first report
  bool during_boot = false;  // before the reproducer was started

  bool operator==(const Crashed&) const = default;
};

// The kernel came up and then stopped answering, without a report.
struct Hung {
  std::string evidence;  // "no heartbeat for 15 s after execution 3 of the reproducer"
  Duration after{};

  bool operator==(const Hung&) const = default;
};

// The kernel was handed over to the machine (or should have been) and did not come up. Says something about
// the commit.
struct BootFailed {
  std::string stage;  // "kernel", "ready"
  std::string why;    // "no line from the kernel for 60 s after the boot loader started it"

  bool operator==(const BootFailed&) const = default;
};

// The rig, not the kernel: relay, cable, boot service. Never says anything about a commit.
struct BenchFault {
  Error error;

  bool operator==(const BenchFault&) const = default;
};

using RunOutcome = std::variant<Survived, Crashed, Hung, BootFailed, BenchFault>;

// One line for logs and progress: "OK", "crashed: KASAN: ...", "hung: ...", "boot failed: ...", "bench fault:
// ...".
std::string describe(const RunOutcome& outcome);

// A kernel was built (or found in the cache).
struct Built {
  std::string signature;  // over the loadable contents: equal means the same kernel
  bool cached = false;

  bool operator==(const Built&) const = default;
};

// The commit does not build. Says something about the commit.
struct BuildFailed {
  std::string first_error;  // "drivers/misc/ring.c:120:9: error: ..."

  bool operator==(const BuildFailed&) const = default;
};

// The builder could not do its job (disk full, compiler missing). Says nothing about the commit.
struct BuildFault {
  Error error;

  bool operator==(const BuildFault&) const = default;
};

using BuildOutcome = std::variant<Built, BuildFailed, BuildFault>;

}  // namespace rigbisect
