#pragma once

#include <string>

#include "base/result.h"

namespace rigbisect::netboot {

struct ScriptFacts {
  std::string run_id;        // shown on the machine's console
  std::string url;           // of the directory with the files, without a slash at its end
  std::string command_line;  // of the kernel
  bool has_initramfs = true;
};

// The iPXE script that boots kernel and initramfs: no menu, each file is tried twice, and what failed is said
// on the console before iPXE gives the machine back to its firmware. `initrd=` names the initramfs for the
// EFI stub, which takes it from iPXE's virtual file system (Documentation/admin-guide/efi-stub.rst); BIOS
// boots ignore it.
//
// Errc::invalid for a command line that would not reach the kernel as it is: iPXE (src/core/exec.c) expands
// "${", ends a command at a word "||", "&&" or ";" and at a word that begins with '#', and knows no quoting;
// and the kernel reads 2047 bytes.
Result<std::string> ipxe_script(const ScriptFacts& facts);

}  // namespace rigbisect::netboot
