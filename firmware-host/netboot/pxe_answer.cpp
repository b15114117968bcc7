#include "netboot/pxe_answer.h"

#include <algorithm>

#include "netboot/wire.h"

namespace rigbisect::netboot {

namespace {

constexpr std::uint16_t server_port = 67, client_port = 68, pxe_port = 4011;
constexpr Ipv4 everybody{0xffffffff};
// Longer than any run; the lease is bound to the MAC anyway.
constexpr std::uint32_t lease_seconds = 24 * 3600;
constexpr std::uint8_t pxe_boot_item = 71;  // within option 43, PXE 2.1 table 2-1

const Loader* loader_for(const DhcpPacket& request) {
  const auto architecture = request.architecture();
  if (!architecture) return nullptr;
  const auto& all = loaders();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Loader& l) { return l.architecture == *architecture; });
  return found == all.end() ? nullptr : &*found;
}

// "iPXE on BIOS", "UEFI x86-64", "not a PXE client".
std::string describe_client(const DhcpPacket& request) {
  if (!request.is_pxe_client()) return "not a PXE client";
  const Loader* loader = loader_for(request);
  std::string firmware = loader != nullptr ? std::string(loader->firmware) : "no architecture";
  if (loader == nullptr && request.architecture())
    firmware = "no loader for PXE architecture " + std::to_string(*request.architecture());
  return request.is_ipxe() ? "iPXE on " + firmware : firmware;
}

// What this client boots next: iPXE its script, other firmware iPXE (as does an iPXE in ROM that was built
// without HTTP). Empty if there is nothing for it.
std::string boot_file_for(const DhcpPacket& request, const Site& site, const Ticket& ticket) {
  if (request.is_ipxe() && request.ipxe_has_http())
    return site.http_base + "/" + ticket.token + "/" + std::string(script_name);
  const Loader* loader = loader_for(request);
  return loader == nullptr ? "" : ticket.token + "/" + std::string(loader->file);
}

// For people: the boot file without its secret.
std::string file_name(const std::string& boot_file) {
  return boot_file.substr(boot_file.rfind('/') + 1);
}

DhcpPacket reply_to(const DhcpPacket& request, DhcpType type, const Site& site) {
  DhcpPacket reply;
  reply.is_request = false;
  reply.xid = request.xid;
  reply.broadcast = request.broadcast;
  reply.giaddr = request.giaddr;
  reply.mac = request.mac;
  reply.add(option::message_type, Bytes{static_cast<std::uint8_t>(type)});
  reply.add(option::server_identifier, site.subnet.address);
  for (const std::uint8_t echoed :
       {option::client_identifier, option::machine_identifier, option::relay_agent})
    if (const Bytes* value = request.find(echoed); value != nullptr) reply.add(echoed, *value);
  return reply;
}

void add_class(DhcpPacket& reply) {
  constexpr std::string_view pxe_client = "PXEClient";
  reply.add(option::vendor_class, Bytes(pxe_client.begin(), pxe_client.end()));
}

void add_discovery_control(DhcpPacket& reply) {
  const std::vector<DhcpOption> skip{{option::pxe_discovery_control, Bytes{option::pxe_skip_discovery}}};
  reply.add(option::vendor_specific, encode_suboptions(skip, true));
}

void add_boot_file(DhcpPacket& reply, const std::string& file, const Site& site) {
  reply.siaddr = site.subnet.address;
  reply.server_name = to_string(site.subnet.address);
  reply.boot_file = file;
}

bool is_uefi(const DhcpPacket& request) {
  return request.architecture().value_or(0) != 0;
}

// RFC 2131 section 4.1, except that a client without an address always gets a broadcast, also when it did not
// ask for one: a unicast would need an ARP entry for a machine that cannot answer ARP yet, and all PXE
// firmware takes it.
void address(Answer& answer, const DhcpPacket& request, const Arrival& arrival) {
  const bool has_address = !request.ciaddr.is_zero() && request.ciaddr == arrival.from;
  answer.to_port = client_port;
  if (arrival.port == pxe_port) {
    answer.to = arrival.from;
    answer.to_port = arrival.from_port;
  } else if (!request.giaddr.is_zero()) {
    answer.to = request.giaddr;
    answer.to_port = server_port;
  } else if (has_address && answer.reply->type() != DhcpType::nak) {
    answer.to = request.ciaddr;
  } else {
    answer.to = everybody;
  }
}

void add_lease(DhcpPacket& reply, const Site& site, bool with_time) {
  reply.add(option::subnet_mask, site.subnet.mask());
  reply.add(option::broadcast_address, site.subnet.broadcast());
  if (!with_time) return;
  const std::pair<std::uint8_t, std::uint32_t> times[] = {{option::lease_time, lease_seconds},
                                                          {option::renewal_time, lease_seconds / 2},
                                                          {option::rebinding_time, lease_seconds / 8 * 7}};
  for (const auto& [code, seconds] : times) reply.add(code, Ipv4{seconds});
}

// OFFER or ACK of dhcp mode.
DhcpPacket lease_reply(const DhcpPacket& request, DhcpType type, const Site& site, const Ticket& ticket) {
  DhcpPacket reply = reply_to(request, type, site);
  const bool inform = request.type() == DhcpType::inform;
  if (!inform) reply.yiaddr = ticket.lease;
  reply.ciaddr = type == DhcpType::ack ? request.ciaddr : Ipv4{};
  add_lease(reply, site, !inform);
  if (!request.is_pxe_client()) return reply;
  add_boot_file(reply, boot_file_for(request, site, ticket), site);
  // PXE 2.1 wants both of a BIOS. EDK2 takes the class alone for an offer to ask port 4011 for the boot file,
  // and a plain boot file, as any DHCP server may send it, at once.
  if (!is_uefi(request)) {
    add_class(reply);
    add_discovery_control(reply);
  }
  if (request.find(option::ipxe_encapsulated) != nullptr) {
    const std::vector<DhcpOption> alone{{option::ipxe_no_proxy, Bytes{1}}};
    reply.add(option::ipxe_encapsulated, encode_suboptions(alone, false));
  }
  return reply;
}

void answer_lease_request(Answer& answer, const DhcpPacket& request, const Site& site, const Ticket& ticket) {
  const auto server = request.address(option::server_identifier);
  if (server && *server != site.subnet.address) {
    answer.steps.push_back({"REQUEST", "to another DHCP server, " + to_string(*server)});
    return;
  }
  const Ipv4 wanted = request.address(option::requested_address).value_or(request.ciaddr);
  if (wanted != ticket.lease) {
    answer.steps.push_back({"REQUEST", to_string(wanted) + " refused"});
    answer.reply = reply_to(request, DhcpType::nak, site);
    return;
  }
  answer.steps.push_back({"REQUEST", to_string(wanted)});
  answer.reply = lease_reply(request, DhcpType::ack, site, ticket);
}

void answer_in_dhcp_mode(Answer& answer, const DhcpPacket& request, const Site& site, const Ticket& ticket) {
  // A relay means another subnet than the one we have addresses of.
  if (!request.giaddr.is_zero() || ticket.lease.is_zero()) return;
  switch (*request.type()) {
    case DhcpType::discover: {
      answer.steps.push_back({"DISCOVER", describe_client(request)});
      const std::string file = boot_file_for(request, site, ticket);
      if (request.is_pxe_client() && file.empty()) return;
      answer.reply = lease_reply(request, DhcpType::offer, site, ticket);
      const std::string booting = request.is_pxe_client() ? ", " + file_name(file) : "";
      answer.steps.push_back({"OFFER", to_string(ticket.lease) + booting});
      return;
    }
    case DhcpType::request:
      return answer_lease_request(answer, request, site, ticket);
    case DhcpType::inform:
      answer.reply = lease_reply(request, DhcpType::ack, site, ticket);
      return;
    case DhcpType::decline:
      answer.lease_declined = request.address(option::requested_address) == ticket.lease;
      return;
    default:
      return;
  }
}

// A PXE boot item that was asked for is named in the answer (PXE 2.1 section 2.2.5).
void add_asked_item(DhcpPacket& reply, const DhcpPacket& request) {
  const Bytes* asked = request.find(option::vendor_specific);
  if (asked == nullptr) return;
  for (const DhcpOption& item : parse_suboptions(*asked))
    if (item.code == pxe_boot_item)
      reply.add(option::vendor_specific, encode_suboptions(std::span(&item, 1), true));
}

void answer_in_proxy_mode(Answer& answer, const DhcpPacket& request, const Arrival& arrival, const Site& site,
                          const Ticket& ticket) {
  const DhcpType type = *request.type();
  const std::string file = boot_file_for(request, site, ticket);
  if (arrival.port == pxe_port) {
    if ((type != DhcpType::request && type != DhcpType::inform) || file.empty()) return;
    answer.steps.push_back({"REQUEST", "boot file, " + file_name(file)});
    answer.reply = reply_to(request, DhcpType::ack, site);
    answer.reply->ciaddr = request.ciaddr;
    add_class(*answer.reply);
    add_boot_file(*answer.reply, file, site);
    add_asked_item(*answer.reply, request);
  } else if (type == DhcpType::discover) {
    answer.steps.push_back({"DISCOVER", describe_client(request)});
    if (file.empty()) return;
    answer.reply = reply_to(request, DhcpType::offer, site);
    add_class(*answer.reply);
    answer.reply->siaddr = site.subnet.address;
    if (!is_uefi(request) || request.is_ipxe()) add_boot_file(*answer.reply, file, site);
    if (!is_uefi(request)) add_discovery_control(*answer.reply);
    answer.steps.push_back({"OFFER", file_name(file)});
  } else if (type == DhcpType::request) {
    const Ipv4 wanted = request.address(option::requested_address).value_or(request.ciaddr);
    answer.steps.push_back({"REQUEST", to_string(wanted) + " from the site's DHCP server"});
  }
}

}  // namespace

const std::vector<Loader>& loaders() {
  static const std::vector<Loader> rows = {
      {0, "BIOS", "undionly.kpxe"},
      {7, "UEFI x86-64", "snponly.efi"},
      {9, "UEFI x86-64", "snponly.efi"},
  };
  return rows;
}

Answer answer(const DhcpPacket& request, const Arrival& arrival, const Site& site, const Ticket* ticket) {
  Answer result;
  if (ticket == nullptr || !request.is_request || !request.type()) return result;
  if (site.mode == Mode::dhcp && arrival.port == server_port) {
    answer_in_dhcp_mode(result, request, site, *ticket);
  } else if (site.mode == Mode::proxy && request.is_pxe_client()) {
    answer_in_proxy_mode(result, request, arrival, site, *ticket);
  }
  if (result.reply) address(result, request, arrival);
  return result;
}

}  // namespace rigbisect::netboot
