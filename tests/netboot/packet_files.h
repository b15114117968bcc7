#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "os/file.h"

namespace rigbisect::netboot {

// A packet as real firmware sent it, captured with tcpdump from QEMU 7.2: SeaBIOS with the iPXE ROM, OVMF
// (EDK2's own PXE), and Debian's undionly.kpxe and snponly.efi. tests/netboot/data; also the seeds of the
// fuzz targets.
inline std::vector<std::uint8_t> captured(const std::string& name) {
  const auto content = read_file(std::string(RIGBISECT_SOURCE_DIR) + "/tests/netboot/data/" + name);
  REQUIRE_MESSAGE(content.ok(), name);
  return {content->begin(), content->end()};
}

inline std::vector<std::uint8_t> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace rigbisect::netboot
