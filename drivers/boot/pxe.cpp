#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/registry.h"

namespace rigbisect {
namespace {

const char* const notes =
    R"(The machine boots from the network: its firmware must try PXE (IPv4) first. rigbisect serves
DHCP, TFTP and HTTP itself, only to machines that are about to boot one of its kernels; everybody else gets no answer.

  mode: dhcp    a network of your own, such as a cable or a switch with nothing but the boards:
                rigbisect is its DHCP server, addresses are from the upper half of the interface's subnet
  mode: proxy   a network with a DHCP server: that one gives the addresses, rigbisect adds the boot file

The host needs UDP ports 67 and 69 (proxy: 4011 too) and the TCP port `http_port` on that interface, open in its firewall,
and root or CAP_NET_BIND_SERVICE, CAP_NET_RAW. BIOS and UEFI x86-64; Secure Boot must be off, iPXE is not signed.

  boot:
    driver: pxe
    mac: 52:54:00:77:00:10     # of the port that is cabled, not of the BMC
    interface: rig0
    mode: dhcp

Loaders: undionly.kpxe and snponly.efi of Debian's package ipxe. Sources: Intel PXE 2.1; RFC 2131, 2132, 4578 (DHCP);
RFC 1350, 2347, 2348, 2349, 7440 (TFTP); ipxe.org/howto/dhcpd.)";

bool is(const BootStage& stage, std::string_view name) {
  return stage.name == name;
}

// What the timeline says about a boot that did not come up. The stages are those of BootStage.
class Diagnosis {
 public:
  Diagnosis(const BootServerOptions& options, const std::string& mac, const std::vector<BootStage>& timeline)
      : options_(options), mac_(mac), timeline_(timeline) {}

  std::string text() const {
    if (timeline_.empty())
      return "no DHCP request from " + mac_ + " on " + options_.interface +
             " since power-on: power, cable, another MAC, or network boot not first in the boot order?";
    const BootStage* discover = last("DISCOVER");
    if (last("kernel") != nullptr) return after_kernel();
    if (last("script") != nullptr)
      return mac_ + " fetched the boot script but not the whole kernel: is the link unstable? (" + seen() +
             ")";
    if (discover != nullptr && discover->detail.find("no loader") != std::string::npos)
      return mac_ + " asked for a boot file, but there is " +
             discover->detail.substr(discover->detail.find("no loader")) +
             ": only x86 BIOS and x86-64 UEFI can boot";
    if (last("loader") != nullptr && !ipxe_asked())
      return mac_ +
             " fetched its loader, but iPXE was not heard of afterwards: Secure Boot on, or a network card "
             "that "
             "iPXE cannot drive? (" +
             seen() + ")";
    return last("REQUEST") != nullptr ? after_request() : after_offer();
  }

 private:
  const BootStage* last(std::string_view name) const {
    const auto found =
        std::find_if(timeline_.rbegin(), timeline_.rend(), [&](const BootStage& s) { return is(s, name); });
    return found == timeline_.rend() ? nullptr : &*found;
  }

  bool ipxe_asked() const {
    return std::any_of(timeline_.begin(), timeline_.end(),
                       [](const BootStage& s) { return is(s, "DISCOVER") && s.detail.starts_with("iPXE"); });
  }

  // "DISCOVER, OFFER, REQUEST", each once.
  std::string seen() const {
    std::string names;
    for (const char* name : {"DISCOVER", "OFFER", "REQUEST", "loader", "script", "kernel", "initramfs"})
      if (last(name) != nullptr) names += (names.empty() ? "seen: " : ", ") + std::string(name);
    return names;
  }

  std::string after_offer() const {
    if (options_.mode == "proxy")
      return mac_ +
             " was offered a boot file but took no address: does the site's DHCP server know this machine?";
    return mac_ +
           " asked for an address and was offered one, but did not take it: does a firewall on this host "
           "drop UDP "
           "port 67, or is there another DHCP server on " +
           options_.interface + "? (" + seen() + ")";
  }

  std::string after_request() const {
    const BootStage* request = last("REQUEST");
    if (request->detail.starts_with("to another"))
      return mac_ + " took its address from another DHCP server (" +
             request->detail.substr(request->detail.rfind(' ') + 1) + "): use `mode: proxy` on this network";
    if (ipxe_asked())
      return mac_ +
             " reached iPXE, but did not fetch its script by HTTP: does a firewall on this host drop TCP "
             "port " +
             std::to_string(options_.http_port) + "?";
    return mac_ +
           " has an address, but did not fetch its loader by TFTP: does a firewall on this host drop UDP "
           "port 69?";
  }

  std::string after_kernel() const {
    const BootStage* kernel = last("kernel");
    const BootStage* discover = last("DISCOVER");
    if (discover != nullptr && discover->at > kernel->at)
      return mac_ +
             " fetched its kernel and later asked for an address again: it reset or fell back to its "
             "firmware";
    if (last("initramfs") == nullptr)
      return mac_ + " fetched the kernel (" + kernel->detail +
             "), but not the whole initramfs: is the link unstable?";
    return mac_ + " fetched kernel (" + kernel->detail +
           ") and initramfs: from there on the kernel is to blame, or its "
           "console= is not this UART";
  }

  const BootServerOptions& options_;
  const std::string& mac_;
  const std::vector<BootStage>& timeline_;
};

class PxeMedium : public BootMedium {
 public:
  PxeMedium(BootServer& server, BootServerOptions options, std::string mac)
      : server_(server), options_(std::move(options)), mac_(std::move(mac)) {}
  ~PxeMedium() override { server_.withdraw(mac_); }

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "network boot: stopped"};
    return server_.offer(mac_, intent);
  }

  Result<void> disarm() override {
    server_.withdraw(mac_);
    return {};
  }

  std::vector<BootStage> timeline() const override { return server_.timeline(mac_); }

  std::string diagnose() const override { return Diagnosis(options_, mac_, timeline()).text(); }

 private:
  BootServer& server_;
  const BootServerOptions options_;
  const std::string mac_;
};

Result<std::unique_ptr<BootMedium>> make_pxe(const DriverOptions& options, const DriverContext& context) {
  BootServerOptions wanted;
  wanted.interface = options.text("interface");
  wanted.mode = options.text("mode");
  if (options.has("address")) wanted.address = options.text("address");
  wanted.http_port = static_cast<unsigned>(options.integer("http_port"));
  auto server = context.boot_servers.get(wanted);
  if (!server) return server.error();
  return std::unique_ptr<BootMedium>(
      std::make_unique<PxeMedium>(**server, std::move(wanted), options.text("mac")));
}

}  // namespace

DriverRow<BootMedium> pxe_driver() {
  return {
      .name = "pxe",
      .summary = "network boot (PXE, BIOS or UEFI) from rigbisect's own DHCP, TFTP and HTTP",
      .notes = notes,
      .options =
          {
              {.name = "mac",
               .type = OptionType::mac,
               .required = true,
               .help = "MAC address of the machine's network port that boots"},
              {.name = "interface",
               .required = true,
               .help = "this host's network interface towards the machine"},
              {.name = "mode",
               .default_value = "dhcp",
               .help = "dhcp: a lab network of its own; proxy: beside a site's DHCP server",
               .choices = {"dhcp", "proxy"}},
              {.name = "address", .help = "our IPv4 address on that interface; default: its first"},
              {.name = "http_port",
               .type = OptionType::integer,
               .default_value = "8069",
               .help = "TCP port for kernels and initramfs",
               .min = 1,
               .max = 65535},
          },
      .make = make_pxe,
  };
}

}  // namespace rigbisect
