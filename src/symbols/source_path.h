#pragma once

#include <string>
#include <string_view>

// The names of source files in debug information, which say where the kernel was built.
namespace rigbisect {

// `file` seen from `directory`, without "." and "..".
std::string absolute_source(std::string_view file, std::string_view directory);

// `file` (from absolute_source()) as the kernel's developers name it: without the source tree's directory
// `tree` ("/home/me/linux/") or the build directory, from "drivers/" or another top directory of the kernel
// on otherwise.
std::string kernel_source(std::string_view file, std::string_view tree, std::string_view build_directory);

}  // namespace rigbisect
