#include "run/off_witness.h"

#include <algorithm>

#include "base/text.h"
#include "os/file.h"
#include "os/ping.h"

namespace rigbisect {
namespace {

constexpr Duration kLook = std::chrono::seconds(1);

OffWitness ping_witness(std::string address, Clock& clock) {
  return [address = std::move(address), &clock](Deadline deadline) -> Result<std::string> {
    const auto answered = answers_ping(address, std::min(deadline, clock.now() + kLook), {});
    if (!answered) return answered.error();
    return *answered ? address + " answers a ping" : std::string();
  };
}

OffWitness link_witness(std::string interface) {
  return [interface = std::move(interface)](Deadline) -> Result<std::string> {
    const auto carrier = has_carrier(interface);
    if (!carrier) return carrier.error();
    return *carrier ? "the link of " + printable(interface) + " is up" : std::string();
  };
}

}  // namespace

std::vector<OffWitness> off_witnesses(const Board& board, Clock& clock) {
  std::vector<OffWitness> witnesses;
  if (!board.off_proof.ping.empty()) witnesses.push_back(ping_witness(board.off_proof.ping, clock));
  if (!board.off_proof.link.empty()) witnesses.push_back(link_witness(board.off_proof.link));
  return witnesses;
}

Result<bool> has_carrier(const std::string& interface) {
  const auto directory = std::filesystem::path("/sys/class/net") / interface;
  const bool sound = interface.find('/') == std::string::npos && std::filesystem::exists(directory);
  if (!sound) return Error{Errc::not_found, "there is no network interface " + printable(interface)};
  const auto carrier = read_file(directory / "carrier", 16);
  if (!carrier) {
    return Error{Errc::invalid, "network interface " + printable(interface) + " is down: ip link set " +
                                    printable(interface) + " up"};
  }
  return trim(*carrier) == "1";
}

}  // namespace rigbisect
