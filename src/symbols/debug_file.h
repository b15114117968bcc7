#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rigbisect {

// A function and a position in it.
struct SourcePosition {
  std::string function;  // "" where the caller knows it: the function that was not inlined
  std::string file;      // "drivers/misc/ring.c"
  int line = 0;

  bool operator==(const SourcePosition&) const = default;
};

// A frame as the kernel prints it, to be looked up.
struct FrameAddress {
  std::string_view function;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool exact = false;  // false: the address behind a call
};

// The symbols and the debug information of one ELF file: vmlinux or a module. The file is mapped, not read:
// it must not change while this is open. What is looked up is kept. Any bytes are fine in the file. One
// thread at a time.
class DebugFile {
 public:
  // Errors: not a regular file, no ELF, no symbols, no debug information (each says so, without the name).
  static Result<DebugFile> open(const std::filesystem::path& file);
  ~DebugFile();
  DebugFile(DebugFile&&) noexcept;
  DebugFile& operator=(DebugFile&&) noexcept;

  // The functions inlined at the frame's address, innermost first, and last the frame's own function. Empty
  // if the file has no such function of that size, or several that differ in their position.
  // `tree`: the kernel's source directory where this file does not tell it (see tree()).
  std::vector<SourcePosition> locate(const FrameAddress& frame, std::string_view tree = {});

  // The directory of the source tree that the kernel was built from; "" if unknown (modules).
  const std::string& tree();

 private:
  struct Open;
  explicit DebugFile(std::unique_ptr<Open> open);

  std::unique_ptr<Open> open_;
};

}  // namespace rigbisect
