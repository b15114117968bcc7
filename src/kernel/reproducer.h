#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/initramfs.h"

namespace rigbisect {

// How a reproducer gets onto the target: its files and the command that runs it.
struct PreparedReproducer {
  std::vector<TargetFile> files;
  std::vector<std::string> argv;  // on the target
};

enum class ReproducerKind { c_source, script, binary };

struct ReproducerSource {
  ReproducerKind kind = ReproducerKind::c_source;
  std::filesystem::path file = {};
  std::vector<std::string> cflags = {};
  std::vector<std::filesystem::path> files = {};
  std::vector<std::string> args = {};
  std::string compiler = "gcc";  // with the cross prefix, if any
};

// Compiles C source statically into `directory`, checks a ready binary (static ELF for the target, or its
// interpreter is among the files), gives a script its interpreter (a static busybox from this host if it asks
// for /bin/sh). Blocks for seconds. Errors: invalid (does not compile: the compiler's first error; not an ELF
// file; dynamic binary without its loader), not_found (compiler, busybox), io.
Result<PreparedReproducer> prepare_reproducer(const ReproducerSource& source,
                                              const std::filesystem::path& directory, Clock& clock,
                                              std::stop_token stop);

}  // namespace rigbisect
