#include "os/local_broadcast.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rigbisect {
namespace {

// A socket's name holds 107 bytes, and a lab directory may be deeper: the name goes through its directory's
// descriptor.
struct Place {
  Fd directory;
  std::string name;
  sockaddr_un address{};

  static Result<Place> of(const std::filesystem::path& path) {
    Place place;
    place.directory = Fd(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!place.directory.valid()) return errno_error(path.parent_path().native());
    place.name = path.filename().native();
    place.address.sun_family = AF_UNIX;
    const std::string name = "/proc/self/fd/" + std::to_string(place.directory.get()) + "/" + place.name;
    if (name.size() >= sizeof place.address.sun_path)
      return Error{Errc::io, path.native() + ": this name is too long for a socket"};
    name.copy(place.address.sun_path, name.size());
    return place;
  }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }  // NOLINT: sockets API
};

class Teller : public LocalBroadcast {
 public:
  Teller(Place place, Fd socket) : place_(std::move(place)), socket_(std::move(socket)) {}
  ~Teller() override { ::unlinkat(place_.directory.get(), place_.name.c_str(), 0); }

  void tell(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    welcome();
    remember(bytes);
    std::erase_if(listeners_, [&](Listener& each) { return !each.hear(bytes); });
  }

 private:
  struct Listener {
    Fd socket;
    std::uint64_t missed = 0;

    // False: it is gone.
    bool hear(std::string_view bytes) {
      if (missed > 0 && !bytes.empty()) {
        const std::string note =
            "\n[rigbisect: " + std::to_string(missed) + " bytes were not read in time]\n";
        const auto told = send(note);
        if (told < 0) return false;
        if (told > 0) missed = 0;
      }
      const auto sent = missed > 0 ? 0 : send(bytes);
      if (sent < 0) return false;
      missed += bytes.size() - static_cast<std::size_t>(sent);
      return true;
    }

    // How many were taken; negative: it is gone.
    ssize_t send(std::string_view bytes) const {
      if (bytes.empty()) return 0;
      const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
      return sent;
    }

    bool hung_up() const {
      char byte = 0;
      return ::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }
  };

  void remember(std::string_view bytes) {
    remembered_.append(bytes);
    if (remembered_.size() <= kRemembered) return;
    const auto excess = remembered_.size() - kRemembered;
    const auto feed = remembered_.find('\n', excess);
    remembered_.erase(0, feed == std::string::npos ? excess : feed + 1);
  }

  void welcome() {
    for (std::size_t i = 0; i < kMaxListeners; ++i) {  // a crowd at the door holds up nobody either
      Listener listener{Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)), 0};
      if (!listener.socket.valid()) return;
      std::erase_if(listeners_, [](const Listener& each) { return each.hung_up(); });
      if (listeners_.size() >= kMaxListeners) continue;
      if (listener.hear(remembered_)) listeners_.push_back(std::move(listener));
    }
  }

  const Place place_;
  const Fd socket_;
  std::mutex mutex_;  // guards what follows
  std::string remembered_;
  std::vector<Listener> listeners_;
};

}  // namespace

Result<std::unique_ptr<LocalBroadcast>> LocalBroadcast::create(const std::filesystem::path& path) {
  auto place = Place::of(path);
  if (!place) return place.error();
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error(path.native());
  if (::unlinkat(place->directory.get(), place->name.c_str(), 0) != 0 && errno != ENOENT)
    return errno_error(path.native());
  if (::bind(socket.get(), place->get(), sizeof place->address) != 0 ||
      ::listen(socket.get(), static_cast<int>(kMaxListeners)) != 0)
    return errno_error(path.native());
  return std::unique_ptr<LocalBroadcast>(std::make_unique<Teller>(std::move(*place), std::move(socket)));
}

Result<Fd> listen_to(const std::filesystem::path& path) {
  auto place = Place::of(path);
  if (!place) return place.error();
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error(path.native());
  if (::connect(socket.get(), place->get(), sizeof place->address) == 0) return socket;
  if (errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN)  // EAGAIN: too many wait to be heard
    return Error{Errc::not_found, "nobody tells at " + path.native()};
  return errno_error(path.native());
}

}  // namespace rigbisect
