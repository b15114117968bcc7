#include "netboot/offers.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netboot/ipxe_script.h"
#include "os/file.h"

namespace rigbisect::netboot {

namespace {

// Of one kind of step, so that a machine that asks for ever cannot fill the memory; there are seven kinds.
constexpr std::size_t max_steps_of_a_kind = 32;
constexpr std::size_t max_declined = 256;
constexpr std::size_t token_bytes = 16;

}  // namespace

Result<std::shared_ptr<const ServedFile>> ServedFile::open(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return errno_error("boot service cannot read " + path.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno_error("boot service cannot read " + path.string());
  if (!S_ISREG(status.st_mode) || status.st_size == 0)
    return Error{Errc::invalid, "boot service: " + path.string() + " is not a file with content"};
  return std::shared_ptr<const ServedFile>(
      std::make_shared<ServedFile>(std::move(fd), static_cast<std::uint64_t>(status.st_size)));
}

Result<std::size_t> ServedFile::read(std::uint64_t at, std::span<char> into) const {
  for (;;) {
    const ssize_t got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(at));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return errno_error("boot service: read");
  }
}

Result<Ipv4> Offers::new_lease(const Mac& mac) const {
  if (site_.mode == Mode::proxy) return Ipv4{};
  std::vector<Ipv4> taken = declined_;
  for (const auto& [other, machine] : machines_)
    if (other != mac && machine.offer != nullptr) taken.push_back(machine.lease);
  const auto address = choose_address(site_.subnet, mac, taken);
  if (!address)
    return Error{Errc::busy, "no address left for " + to_string(mac) + " in the upper half of " +
                                 to_string(site_.subnet.address) + "/" + std::to_string(site_.subnet.prefix) +
                                 ": give the interface a larger subnet"};
  return *address;
}

Result<void> Offers::offer(const Mac& mac, const BootIntent& intent) {
  auto offer = std::make_shared<Offer>();
  offer->mac = mac;
  offer->token = random_hex(token_bytes);
  auto kernel = ServedFile::open(intent.kernel);
  if (!kernel) return kernel.error();
  offer->kernel = std::move(*kernel);
  if (!intent.initramfs.empty()) {
    auto initramfs = ServedFile::open(intent.initramfs);
    if (!initramfs) return initramfs.error();
    offer->initramfs = std::move(*initramfs);
  }
  auto script = ipxe_script({intent.run_id, site_.http_base + "/" + offer->token, intent.command_line,
                             offer->initramfs != nullptr});
  if (!script) return script.error();
  offer->script = std::move(*script);

  const std::lock_guard lock(mutex_);
  const auto lease = new_lease(mac);
  if (!lease) return lease.error();
  Machine& machine = machines_[mac];
  if (machine.offer != nullptr) machine.offer->live = false;
  machine = {std::move(offer), *lease, {}};
  return {};
}

void Offers::withdraw(const Mac& mac) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  if (found == machines_.end() || found->second.offer == nullptr) return;
  found->second.offer->live = false;
  found->second.offer = nullptr;
}

std::vector<BootStage> Offers::timeline(const Mac& mac) const {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  return found == machines_.end() ? std::vector<BootStage>{} : found->second.timeline;
}

std::optional<Ticket> Offers::ticket(const Mac& mac) const {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  if (found == machines_.end() || found->second.offer == nullptr) return std::nullopt;
  return Ticket{found->second.offer->token, found->second.lease};
}

std::shared_ptr<const Offer> Offers::find(const Mac& mac) const {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  return found == machines_.end() ? nullptr : found->second.offer;
}

std::shared_ptr<const Offer> Offers::find_token(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [mac, machine] : machines_)
    if (machine.offer != nullptr && machine.offer->token == token) return machine.offer;
  return nullptr;
}

bool Offers::in_firmware(const Mac& mac) const {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  if (found == machines_.end() || found->second.offer == nullptr) return false;
  const auto& steps = found->second.timeline;
  return std::none_of(steps.begin(), steps.end(), [](const BootStage& s) { return s.name == "kernel"; });
}

void Offers::replace_lease(const Mac& mac) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(mac);
  if (found == machines_.end()) return;
  if (declined_.size() < max_declined) declined_.push_back(found->second.lease);
  // Without a free address the machine keeps the old one and says so again: that is visible in its timeline.
  if (const auto lease = new_lease(mac)) found->second.lease = *lease;
}

void Offers::note(std::string_view token, const Step& step) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (auto& [mac, machine] : machines_) {
    if (machine.offer == nullptr || machine.offer->token != token) continue;
    auto& steps = machine.timeline;
    const auto same =
        std::count_if(steps.begin(), steps.end(), [&](const BootStage& s) { return s.name == step.name; });
    if (static_cast<std::size_t>(same) < max_steps_of_a_kind) steps.push_back({step.name, step.detail, now});
    return;
  }
}

std::string describe_transfer(std::uint64_t bytes, Duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double kilobytes = static_cast<double>(bytes) / 1000;
  if (kilobytes < 1) return fmt::format("{} B in {:.2f} s", bytes, seconds);
  if (kilobytes < 1000) return fmt::format("{:.0f} kB in {:.2f} s", kilobytes, seconds);
  return fmt::format("{:.1f} MB in {:.2f} s", kilobytes / 1000, seconds);
}

}  // namespace rigbisect::netboot
