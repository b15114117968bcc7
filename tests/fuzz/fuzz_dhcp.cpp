#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "netboot/pxe_answer.h"
#include "netboot/router_advert.h"

namespace {

using namespace rigbisect::netboot;

// Whatever a machine sends, its answer is a well-formed reply to that machine, and one without an intent gets
// none.
void check_answers(const DhcpPacket& request, const Arrival& arrival) {
  const Ticket ticket{"0123456789abcdef0123456789abcdef", Ipv4{0x0a4d00ed}};
  for (const Mode mode : {Mode::dhcp, Mode::proxy}) {
    const Site site{mode, {Ipv4{0x0a4d0001}, 24}, "http://10.77.0.1:8069"};
    const Answer silence = answer(request, arrival, site, nullptr);
    if (silence.reply || !silence.steps.empty()) std::abort();
    const Answer result = answer(request, arrival, site, &ticket);
    for (const Step& step : result.steps)
      if (step.detail.size() > 200) std::abort();
    if (!result.reply) continue;
    const auto reply = parse_dhcp(encode_dhcp(*result.reply));
    if (!reply || reply->is_request || reply->xid != request.xid || reply->mac != request.mac) std::abort();
    if (mode == Mode::proxy && !reply->yiaddr.is_zero()) std::abort();
    if (result.to.is_zero() && arrival.port != 4011) std::abort();
  }
}

}  // namespace

// Any bytes as a DHCP packet: an error, or a packet that survives writing and reading and gets a sane answer.
// And the same bytes as an Ethernet frame for the router solicitations.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  if (solicitation_from(bytes) && !advertisement_for(bytes, Mac{}).size()) std::abort();
  const auto packet = parse_dhcp(bytes);
  if (!packet) return 0;
  const auto again = parse_dhcp(encode_dhcp(*packet));
  if (!again || again->xid != packet->xid || again->type() != packet->type()) std::abort();
  if (again->is_ipxe() != packet->is_ipxe() || again->architecture() != packet->architecture()) std::abort();
  check_answers(*packet, {67, packet->ciaddr, 68});
  check_answers(*packet, {4011, packet->ciaddr, 4011});
  return 0;
}
