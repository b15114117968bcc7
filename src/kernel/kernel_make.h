#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kernel/make_kernel_builder.h"
#include "kernel/toolchain.h"

namespace rigbisect {

// Runs the kernel's make for one build: the same command line and environment each time, output to the
// build's log. Not thread-safe.
class KernelMake {
 public:
  KernelMake(const KernelSpec& spec, const KernelDirectories& directories, const Toolchain& toolchain,
             std::filesystem::path log, const BuildProgress& progress, Clock& clock, std::stop_token stop);

  // Makes one target. Blocks. The first error's line if the source does not allow it, or that it does not
  // come to an end within the build's time; absent if all went well. An Error is a fault of this machine, or
  // a stop.
  Result<std::optional<std::string>> run(const std::string& target, const std::string& standard_input = "");

  const std::filesystem::path& log() const { return log_path_; }
  // What the last run() complained of is that it took too long.
  bool ran_out_of_time() const { return out_of_time_; }

 private:
  Error fault(const std::string& what) const;
  void report(std::string_view piece);
  std::string below_source(const std::string& line) const;

  std::vector<std::string> argv_;
  std::map<std::string, std::string> environment_;
  std::filesystem::path source_, objects_, log_path_;
  std::ofstream log_;
  std::string line_;  // of output, unfinished
  const BuildProgress& progress_;
  Clock& clock_;
  Duration build_time_;
  Deadline deadline_;
  bool out_of_time_ = false;
  std::stop_token stop_;
};

}  // namespace rigbisect
