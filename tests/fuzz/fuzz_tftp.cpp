#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "netboot/http_range.h"
#include "netboot/tftp_transfer.h"

namespace {

using namespace rigbisect;
using namespace rigbisect::netboot;
using Bytes = std::span<const std::uint8_t>;

// Plays `bytes`, cut into pieces by their first byte, as what a client sends while time passes.
void play(const TftpRequest& request, Bytes bytes) {
  static const std::vector<std::uint8_t> content(5000, 7);
  TftpTransfer transfer(request, content, {});
  TimePoint now(std::chrono::hours(1));
  std::size_t sent = transfer.start(now).size();
  while (!bytes.empty()) {
    const std::size_t length = std::min<std::size_t>(bytes.front() % 8, bytes.size() - 1);
    const auto packets = length == 0 ? transfer.on_timer(now = std::max(now, transfer.deadline()))
                                     : transfer.on_packet(bytes.subspan(1, length), now);
    // Never more than a window at a time: no amplifier.
    if (packets.size() > 64) std::abort();
    for (const auto& packet : packets)
      if (packet.size() > 1472 || !parse_tftp(packet)) std::abort();
    sent += packets.size();
    bytes = bytes.subspan(1 + length);
  }
  // Silence ends it.
  for (int i = 0; i < 8; ++i) (void)transfer.on_timer(now = std::max(now, transfer.deadline()));
  if (transfer.state() == TftpTransfer::State::running || sent == 0) std::abort();
}

}  // namespace

// Any bytes as a TFTP packet: an error, or a packet that survives writing and reading; a request also begins
// a transfer that ends whatever the client sends. And the same bytes as an HTTP Range header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const ByteRange range = parse_range({reinterpret_cast<const char*>(data), size}, 1000);
  if (range.from + range.size > 1000) std::abort();
  const auto packet = parse_tftp(bytes);
  if (!packet) return 0;
  const auto again = parse_tftp(encode_tftp(*packet));
  if (!again || *again != *packet) std::abort();
  if (const auto* request = std::get_if<TftpRequest>(&*packet)) play(*request, bytes);
  return 0;
}
