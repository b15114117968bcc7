#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bisect/outcome.h"
#include "bisect/task.h"
#include "kernel/reproducer.h"
#include "run/bench.h"
#include "run/kernel_store.h"

namespace rigbisect {

// Gives the frames of reports their source positions, from the kernel's vmlinux; leaves the reports as they
// are where there is no debug information. Any thread.
using Symbolize =
    std::function<void(const std::filesystem::path& vmlinux, std::vector<CrashReport>& reports)>;

// Everything that is the same for all runs of a campaign.
struct RunSetup {
  std::span<const unsigned char> init;  // the init program for the machine under test
  PreparedReproducer reproducer;
  bool once = false;
  std::string command_line;         // of the recipe; a board adds its own
  std::filesystem::path directory;  // for run files; exists
  Symbolize symbolize = {};         // may be empty: reports stay as they are
};

struct PreparedRun {
  RunOrder order;
  std::filesystem::path console;  // where the console log of this run goes
  std::filesystem::path vmlinux;  // of its kernel; may be empty, or gone from the cache
};

// Makes what one run needs: the kernel, an initramfs with a nonce of its own, a place for the console log.
// Thread-safe.
class RunPreparer {
 public:
  RunPreparer(RunSetup setup, KernelStore& kernels);

  // Blocks while the kernel is looked up (built, if the cache has lost it). Errors: the kernel does not build
  // any more, io.
  Result<PreparedRun> prepare(const RunTask& task, const Board& board, std::stop_token stop);

  // The run's outcome with source positions in its crash reports. Blocks for about a second if there are any.
  RunOutcome with_positions(const PreparedRun& run, RunOutcome outcome) const;

  // The initramfs is of no use after its run.
  void forget(const PreparedRun& run);

 private:
  RunSetup setup_;
  KernelStore& kernels_;
  std::atomic<int> next_;
};

}  // namespace rigbisect
