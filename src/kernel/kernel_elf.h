#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rigbisect {

struct ElfIdentity {
  // SHA-256 over what is loaded when the kernel boots: name, address, size and content of every allocated
  // section of vmlinux. Left out are the GNU build id (it covers debug information, too) and everything that
  // is not loaded. Equal signatures: the machine executes the same kernel.
  std::string signature;
  std::string build_id;  // GNU build id in hex; "" if there is none
};

// Reads an ELF file (32 or 64 bit, either byte order) from memory. Errc::invalid if it is none or is damaged.
// Pure; any bytes are fine.
Result<ElfIdentity> identify_elf(std::string_view file);

// What the program loader of the machine under test would ask about a program.
struct ElfProgram {
  int machine = 0;          // e_machine: 62 is x86-64
  std::string interpreter;  // of a dynamic program: "/lib64/ld-linux-x86-64.so.2"; "" if it is static
};
Result<ElfProgram> inspect_program(std::string_view file);

}  // namespace rigbisect
