#pragma once

#include <string>
#include <string_view>

namespace rigbisect {

// The GNU build id in ELF notes (the bytes of /sys/kernel/notes) as lower-case hexadecimal; empty if there is
// none or the notes are damaged. Layout: ELF specification, "Note Section"; words little-endian, as on every
// machine that init runs on. Pure; never reads beyond `notes`.
std::string gnu_build_id(std::string_view notes);

}  // namespace rigbisect
