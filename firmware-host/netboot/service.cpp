#include "netboot/service.h"

#include <exception>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect::netboot {

namespace {

constexpr std::uintmax_t max_loader = 4 << 20;

Result<Mode> parse_mode(const std::string& text) {
  if (text == "dhcp") return Mode::dhcp;
  if (text == "proxy") return Mode::proxy;
  const std::vector<std::string> known{"dhcp", "proxy"};
  return Error{Errc::invalid, "boot service: unknown mode '" + printable(text) + "'" +
                                  did_you_mean_suffix(text, known) + "; it is dhcp or proxy"};
}

Result<Mac> mac_of(const std::string& text) {
  const auto mac = parse_mac(text);
  if (!mac) return Error{Errc::invalid, "'" + printable(text) + "' is not a MAC address (52:54:00:77:00:10)"};
  return *mac;
}

Result<LoaderFiles> read_loaders(const std::filesystem::path& directory) {
  LoaderFiles files;
  for (const Loader& loader : loaders()) {
    if (files.contains(loader.file)) continue;
    const auto content = read_file(directory / loader.file, max_loader);
    if (!content)
      return content.error().within("boot service: network boot loader missing (`apt-get install ipxe`)");
    files.emplace(loader.file, std::vector<std::uint8_t>(content->begin(), content->end()));
  }
  return files;
}

}  // namespace

NetbootService::NetbootService(Interface interface, Site site, LoaderFiles loaders, Clock& clock)
    : interface_(std::move(interface)),
      site_(std::move(site)),
      loaders_(std::move(loaders)),
      clock_(clock),
      offers_(site_, clock) {}

Result<std::unique_ptr<NetbootService>> NetbootService::start(const BootServerOptions& options, Clock& clock,
                                                              const std::filesystem::path& loaders) {
  Site site;
  const auto mode = parse_mode(options.mode);
  if (!mode) return mode.error();
  auto interface = find_interface(options.interface, options.address);
  if (!interface) return interface.error().within("boot service");
  site.mode = *mode;
  site.subnet = interface->subnet;
  if (site.mode == Mode::dhcp && site.subnet.prefix > 30)
    return Error{Errc::invalid, "boot service: " + to_string(site.subnet.address) + "/" +
                                    std::to_string(site.subnet.prefix) + " on " + options.interface +
                                    " has no room for machines: use a larger subnet, such as /24"};
  auto files = read_loaders(loaders);
  if (!files) return files.error();
  if (options.http_port > 65535) return Error{Errc::invalid, "boot service: http_port is at most 65535"};
  auto listener = open_tcp_listener(*interface, static_cast<std::uint16_t>(options.http_port));
  if (!listener) return listener.error();
  site.http_base = "http://" + to_string(site.subnet.address) + ":" + std::to_string(local_port(*listener));

  std::unique_ptr<NetbootService> service(
      new NetbootService(std::move(*interface), std::move(site), std::move(*files), clock));
  if (auto opened = service->open(std::move(*listener)); !opened) return opened.error();
  return service;
}

Result<void> NetbootService::open(Fd http_listener) {
  const FailureHandler failed = [this](const Error& error) { fail(error); };
  auto dhcp = DhcpServer::open(io_, interface_, site_, offers_, failed);
  if (!dhcp) return dhcp.error();
  auto tftp = TftpServer::open(io_, interface_, offers_, loaders_, clock_, failed);
  if (!tftp) return tftp.error();
  auto router = RouterServer::open(io_, interface_, offers_, failed);
  if (!router) return router.error();
  auto http = HttpServer::start(std::move(http_listener), offers_, clock_);
  if (!http) return http.error();
  dhcp_ = std::move(*dhcp);
  tftp_ = std::move(*tftp);
  router_ = std::move(*router);
  http_ = std::move(*http);
  thread_ = std::thread([this] {
    try {
      io_.run();
    } catch (const std::exception& error) {
      fail({Errc::internal, std::string("boot service: ") + error.what()});
    }
  });
  return {};
}

NetbootService::~NetbootService() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void NetbootService::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = error;
}

Result<void> NetbootService::offer(const std::string& mac, const BootIntent& intent) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
  }
  const auto parsed = mac_of(mac);
  if (!parsed) return parsed.error();
  return offers_.offer(*parsed, intent);
}

void NetbootService::withdraw(const std::string& mac) {
  if (const auto parsed = parse_mac(mac)) offers_.withdraw(*parsed);
}

std::vector<BootStage> NetbootService::timeline(const std::string& mac) const {
  const auto parsed = parse_mac(mac);
  return parsed ? offers_.timeline(*parsed) : std::vector<BootStage>{};
}

}  // namespace rigbisect::netboot
