#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_medium.h"
#include "netboot/pxe_answer.h"
#include "os/fd.h"

namespace rigbisect::netboot {

// A file that is open for serving: what is served is what was there when it was offered, even if its name is
// replaced or removed meanwhile. Immutable, any thread.
class ServedFile {
 public:
  // Errors name the path and what is wrong with it. Only regular, non-empty files.
  static Result<std::shared_ptr<const ServedFile>> open(const std::filesystem::path& path);

  ServedFile(Fd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  std::uint64_t size() const { return size_; }
  // Reads what is there from `at`, at most into.size() bytes; 0 at the end of the file. Blocks on the disk.
  Result<std::size_t> read(std::uint64_t at, std::span<char> into) const;

 private:
  Fd fd_;
  std::uint64_t size_;
};

// One intent of one machine. Immutable but for `live`, which ends for good when the intent does.
struct Offer {
  Mac mac;
  std::string token;   // 128 random bits in hexadecimal
  std::string script;  // iPXE
  std::shared_ptr<const ServedFile> kernel;
  std::shared_ptr<const ServedFile> initramfs;  // may be null
  mutable std::atomic<bool> live{true};
};

// Which machine boots what, and how far each got: the state that DHCP, TFTP and HTTP share. Thread-safe.
// Bounded: one offer and a short timeline per machine that was ever offered.
class Offers {
 public:
  Offers(Site site, Clock& clock) : site_(std::move(site)), clock_(clock) {}

  // As BootServer's. offer() opens the files and picks token and lease.
  Result<void> offer(const Mac& mac, const BootIntent& intent);
  void withdraw(const Mac& mac);
  std::vector<BootStage> timeline(const Mac& mac) const;

  // Of the machine's live offer, if it has one.
  std::optional<Ticket> ticket(const Mac& mac) const;
  std::shared_ptr<const Offer> find(const Mac& mac) const;
  std::shared_ptr<const Offer> find_token(std::string_view token) const;

  // The machine's firmware is at work: it has a live offer and has not fetched its kernel yet.
  bool in_firmware(const Mac& mac) const;

  // Gives the machine another address, because it found its own one in use.
  void replace_lease(const Mac& mac);

  // Notes a step in the timeline of the machine with this live token; ignored if that offer is over.
  void note(std::string_view token, const Step& step);

 private:
  struct Machine {
    std::shared_ptr<const Offer> offer;  // null: withdrawn
    Ipv4 lease;
    std::vector<BootStage> timeline;
  };
  Result<Ipv4> new_lease(const Mac& mac) const;  // with mutex_ held

  const Site site_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Mac, Machine> machines_;
  std::vector<Ipv4> declined_;  // addresses that some other machine uses
};

// "1.4 MB in 0.31 s", for details of steps.
std::string describe_transfer(std::uint64_t bytes, Duration elapsed);

}  // namespace rigbisect::netboot
