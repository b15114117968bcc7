#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "device/boot_medium.h"

namespace rigbisect {

// A board's place in a directory that a site's TFTP or HTTP server serves: kernel, initramfs, and a boot
// configuration that names them. Each file appears whole and the configuration last, so that a machine never
// finds half of it. What is there is readable for everybody. Blocks while files are copied; one thread.
class Staging {
 public:
  // `config`: where in `root` the configuration belongs; nobody else's. Fails if `root` is no directory.
  static Result<Staging> open(const std::filesystem::path& root, std::string board,
                              const std::filesystem::path& config);

  // Where in the root kernel ("kernel") and initramfs ("initrd") of this run will be.
  std::filesystem::path place_of(const BootIntent& intent) const;

  // Replaces what was staged before.
  Result<void> put(const BootIntent& intent, const std::string& config, const std::stop_token& stop);

  // The configuration first: nothing is named any more. No error if nothing is there.
  Result<void> remove();

  // For people: the directory with the kernel.
  std::string describe() const;

 private:
  Staging(std::filesystem::path root, std::string board, const std::filesystem::path& config);

  std::filesystem::path root_;
  std::string board_;
  std::filesystem::path config_;
  std::filesystem::path staged_;  // absolute; "" for nothing
};

}  // namespace rigbisect
