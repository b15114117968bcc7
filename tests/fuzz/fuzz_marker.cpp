#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/marker.h"
#include "base/text.h"

// Any bytes are fine for the marker parser; what it accepts reads back as itself; the bytes as a payload
// survive up to the cut; and printable() lets no control through.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rigbisect;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto marker = parse_marker(bytes)) {
    if (parse_marker(format_marker(*marker)) != marker) std::abort();
  }
  const Marker sent{"0123456789abcdef", 7, "out", std::string(bytes)};
  const auto received = parse_marker("noise " + format_marker(sent) + "\r");
  if (!received || !bytes.starts_with(received->payload)) std::abort();
  if (size <= 128 && received->payload != bytes) std::abort();
  for (const char c : printable(bytes)) {
    if ((c >= 0 && c < 0x20 && c != '\t') || c == 0x7f) std::abort();
  }
  return 0;
}
