#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// What the machine under test shall do in one run. Written into the initramfs as /rigbisect/run.conf, the
// contract with firmware-host/target (its README has the format).
struct TargetPlan {
  std::string nonce;  // 16 hex digits, new for every run
  Duration time{};
  bool once = false;
  std::vector<std::string> argv;  // argv[0] is a path on the target: "/rigbisect/reproducer"
};

struct TargetFile {
  std::filesystem::path from;  // on the controller
  std::string to;              // on the target, absolute: "/rigbisect/reproducer"
  bool executable = false;
};

// Writes a cpio archive (newc, gzip if `compress`) with `init` as /init, the plan and the files.
// Deterministic: same input, same bytes. Blocks for file I/O. Errors: io (disk full: nothing half-written
// stays), not_found (a file is missing).
Result<void> write_initramfs(const std::filesystem::path& to, std::span<const unsigned char> init,
                             const TargetPlan& plan, const std::vector<TargetFile>& files, bool compress);

}  // namespace rigbisect
