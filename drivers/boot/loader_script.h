#pragma once

#include <string>

#include "base/result.h"

namespace rigbisect {

// A kernel's command line in the languages of boot loaders. None of them can quote everything: what would not
// reach the kernel unchanged is an error (invalid).
Result<std::string> pxelinux_command_line(const std::string& line);
Result<std::string> ipxe_command_line(const std::string& line);
// Each word in quotes with a blank before it; none for an empty line.
Result<std::string> grub_command_line(const std::string& line);

// An iPXE script that loads DIRECTORY/kernel and DIRECTORY/initrd, and does not boot them yet. `line` is from
// ipxe_command_line().
std::string ipxe_script(const std::string& directory, const std::string& line);

// The two commands of GRUB that load DIRECTORY/kernel and DIRECTORY/initrd; `line` is from
// grub_command_line().
struct GrubCommands {
  std::string load_kernel, load_initramfs;
};
GrubCommands grub_commands(const std::string& directory, const std::string& line);

}  // namespace rigbisect
