#include <fstream>

#include <doctest/doctest.h>

#include "netboot/service.h"
#include "os/real_clock.h"
#include "tests/fakes/private_network.h"
#include "tests/fakes/scratch_directory.h"
#include "tests/netboot/packet_files.h"
#include "tests/netboot/real_client.h"

using namespace rigbisect;
using namespace rigbisect::netboot;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t http_port = 8069;
const std::string board = "52:54:00:77:00:10";  // of the captured packets

bool network_is_private() {
  static const std::string trouble = test::enter_private_network();
  if (!trouble.empty()) MESSAGE("skipped: " << trouble);
  return trouble.empty();
}

struct World {
  World() {
    for (const char* name : {"undionly.kpxe", "snponly.efi"}) write(name, std::string(10000, 'L') + name);
    write("bzImage", std::string(3000000, 'K') + "end");
    write("initramfs", "I");
  }

  void write(const std::string& name, const std::string& content) {
    std::ofstream(directory.path() / name) << content;
  }
  BootIntent intent() const {
    return {directory.path() / "bzImage", directory.path() / "initramfs", "quiet", "run-1"};
  }
  Result<std::unique_ptr<NetbootService>> start(BootServerOptions options) {
    return NetbootService::start(options, clock, directory.path());
  }
  std::unique_ptr<NetbootService> proxy() {
    auto service = start({"lo", "proxy", "", http_port});
    REQUIRE_MESSAGE(service.ok(), (service.ok() ? "" : service.error().what));
    return std::move(*service);
  }
  // Steps are noted a moment after the client has its last byte.
  std::vector<std::string> steps(const NetbootService& service, std::size_t count) {
    const TimePoint end = clock.now() + 5s;
    while (service.timeline(board).size() < count && clock.now() < end)
      clock.sleep_until(clock.now() + 1ms, {});
    std::vector<std::string> names;
    for (const BootStage& stage : service.timeline(board)) names.push_back(stage.name);
    return names;
  }

  RealClock clock;
  ScratchDirectory directory;
};

// The boot file that the captured request is answered with on port 4011.
std::string ask_boot_file(const std::string& packet) {
  auto request = parse_dhcp(captured(packet));
  REQUIRE(request.ok());
  for (DhcpOption& item : request->options)
    if (item.code == option::message_type) item.value = {3};
  ClientSocket socket(SOCK_DGRAM, 4011);
  socket.send(encode_dhcp(*request));
  const auto reply = parse_dhcp(socket.receive());
  REQUIRE(reply.ok());
  return reply->boot_file;
}

std::string start_error(World& world, const BootServerOptions& options) {
  const auto service = world.start(options);
  REQUIRE_FALSE(service.ok());
  return service.error().what;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a machine gets loader, script, kernel and initramfs, each step is noted, and withdraw ends it") {
  if (!network_is_private()) return;
  World world;
  const auto service = world.proxy();
  REQUIRE(service->offer(board, world.intent()).ok());

  const std::string loader = ask_boot_file("edk2-proxy-request.dhcp");
  const auto loaded = tftp_read(loader);
  CHECK(std::string(loaded.content.begin(), loaded.content.end()) == std::string(10000, 'L') + "snponly.efi");

  const std::string url = ask_boot_file("snponly-discover.dhcp");
  const std::string base = "http://127.0.0.1:8069";
  REQUIRE(url.starts_with(base + "/"));
  const std::string directory = url.substr(base.size(), url.rfind('/') - base.size());
  CHECK(contains(http(http_port, directory + "/boot.ipxe"), "#!ipxe\n"));
  const std::string kernel = http(http_port, directory + "/kernel");
  CHECK(kernel.starts_with("HTTP/1.1 200"));
  CHECK(kernel.ends_with(std::string(3000000, 'K') + "end"));
  CHECK(http(http_port, directory + "/initramfs").ends_with("\r\n\r\nI"));
  CHECK(world.steps(*service, 6) ==
        std::vector<std::string>{"REQUEST", "loader", "REQUEST", "script", "kernel", "initramfs"});

  service->withdraw(board);
  CHECK(http(http_port, directory + "/kernel").starts_with("HTTP/1.1 404"));
  CHECK(tftp_read(loader).error == "no such file");
  CHECK(service->timeline(board).size() == 6);
}

TEST_CASE("HTTP serves parts, heads and errors as RFC 9110 says, and parts are no step") {
  if (!network_is_private()) return;
  World world;
  const auto service = world.proxy();
  REQUIRE(service->offer(board, world.intent()).ok());
  const std::string url = ask_boot_file("snponly-discover.dhcp");
  const std::string directory = url.substr(21, 33);
  const std::string part = http(http_port, directory + "/kernel", "Range: bytes=2999999-3000001\r\n");
  CHECK(part.starts_with("HTTP/1.1 206"));
  CHECK(contains(part, "Content-Range: bytes 2999999-3000001/3000003"));
  CHECK(part.ends_with("\r\n\r\nKen"));
  CHECK(http(http_port, directory + "/kernel", "Range: bytes=9999999-\r\n").starts_with("HTTP/1.1 416"));
  const std::string head = http(http_port, directory + "/kernel", "", "HEAD");
  CHECK(contains(head, "Content-Length: 3000003"));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(
      http(http_port, directory + "/boot.ipxe", "Content-Length: 1\r\n", "POST").starts_with("HTTP/1.1 405"));
  for (const char* path :
       {"/", "/kernel", "//kernel", "/../../etc/passwd", "/00000000000000000000000000000000/kernel"})
    CHECK_MESSAGE(http(http_port, path).starts_with("HTTP/1.1 404"), path);
  CHECK(http(http_port, directory + "/../../../etc/passwd").starts_with("HTTP/1.1 404"));
  CHECK(world.steps(*service, 1) == std::vector<std::string>{"REQUEST"});
}

TEST_CASE("TFTP opens no paths") {
  if (!network_is_private()) return;
  World world;
  const auto service = world.proxy();
  REQUIRE(service->offer(board, world.intent()).ok());
  const std::string token = ask_boot_file("edk2-proxy-request.dhcp").substr(0, 32);
  for (const std::string& name : {std::string("snponly.efi"), std::string("/etc/passwd"),
                                  token + "/../../etc/passwd", token + "/bzImage", token, std::string("/")})
    CHECK_MESSAGE(tftp_read(name).error == "no such file", name);
}

TEST_CASE("a service stops at once, also in the middle of a transfer") {
  if (!network_is_private()) return;
  World world;
  auto service = world.proxy();
  REQUIRE(service->offer(board, world.intent()).ok());
  const std::string url = ask_boot_file("snponly-discover.dhcp");
  ClientSocket stalled(SOCK_STREAM, http_port);
  REQUIRE(stalled.connected());
  stalled.send(bytes_of("GET " + url.substr(21, 33) + "/kernel HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK_FALSE(stalled.receive().empty());
  const TimePoint before = world.clock.now();
  service.reset();
  CHECK(world.clock.now() - before < 500ms);
  CHECK(world.proxy() != nullptr);  // and its ports are free again
}

TEST_CASE("what keeps a service from starting is said with what to do") {
  if (!network_is_private()) return;
  World world;
  CHECK(contains(start_error(world, {"loo", "dhcp", "", 0}),
                 "no network interface 'loo' (did you mean 'lo'?)"));
  CHECK(contains(start_error(world, {"lo", "prxy", "", 0}), "unknown mode 'prxy' (did you mean 'proxy'?)"));
  CHECK(contains(start_error(world, {"lo", "proxy", "10.0.0.1", 0}), "does not have the address 10.0.0.1"));
  const auto first = world.proxy();
  const std::string busy = start_error(world, {"lo", "proxy", "", 0});
  CHECK_MESSAGE(contains(busy, "UDP port 67 on lo is in use (held by test-netboot-"), busy);
  CHECK(contains(start_error(world, {"lo", "proxy", "", http_port}),
                 "TCP port 8069 on lo is in use (held by "));
  std::filesystem::remove(world.directory.path() / "snponly.efi");
  CHECK(contains(start_error(world, {"lo", "proxy", "", 0}), "apt-get install ipxe"));
}

TEST_CASE("an offer for something that is no MAC address is refused") {
  if (!network_is_private()) return;
  World world;
  const auto refused = world.proxy()->offer("nonsense", world.intent());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::invalid);
}
