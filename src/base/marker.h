#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The lines with which the machine under test speaks to the controller over the UART. The sender is
// firmware-host/target (rigbisect's init), the reader is the bench (src/run). A UART loses bytes, flips bits
// and mixes in lines of the kernel, so each marker stands on a line of its own and carries everything to
// check it:
//
//   @rb1 <nonce> <seq> <kind>[ <payload>] ~<crc32, 8 hex digits>
//
// nonce: 16 hex digits chosen by the controller for this run; seq: decimal, from 1, one per marker sent;
// kind: a word of [a-z-]; payload: printable ASCII, at most 512 bytes, '\\' and everything else as \xNN;
// crc32 (IEEE) over all from "@rb1" to the blank before '~'. Anything may stand in front of "@rb1" on the
// line (a printk time stamp, garbage) and nothing but CR or blanks after the CRC.
//
// Kinds and payloads:
//   hello  <kernel release> <build id hex or ->      init runs; once per boot
//   start  <n>                                       the n-th execution of the reproducer begins (from 1)
//   exit   <n> <code> | exit <n> signal <number>     it ended
//   out    <n> <text>                                one line of the reproducer's output
//   beat   <seconds since hello>                     heartbeat, every second
//   done   <executions>                              the time of the run is over; init now waits for
//   power-off fault  <text>                                    init cannot do its job (reproducer missing,
//   exec failed)
namespace rigbisect {

struct Marker {
  std::string nonce;
  std::uint32_t seq = 0;
  std::string kind;
  std::string payload;  // unescaped

  bool operator==(const Marker&) const = default;
};

// The marker's line without a line end. Payload beyond 512 bytes (after escaping) is cut.
std::string format_marker(const Marker& marker);

// The marker on this line, if there is a whole and undamaged one. Never reads beyond `line`; any bytes are
// fine.
std::optional<Marker> parse_marker(std::string_view line);

// CRC-32 as in IEEE 802.3 and zlib.
std::uint32_t crc32(std::string_view bytes);

}  // namespace rigbisect
