#include "drivers/boot/staging.h"

#include <utility>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr fs::perms kWorldReadable =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;

Result<void> make_readable(const fs::path& file) {
  std::error_code error;
  fs::permissions(file, kWorldReadable, error);
  if (error)
    return Error{Errc::io, "cannot make " + printable(file.native()) + " readable: " + error.message()};
  return {};
}

Error cannot_remove(const fs::path& what, const std::error_code& error) {
  return Error{Errc::io, "cannot remove " + printable(what.native()) + ": " + error.message()};
}

}  // namespace

Staging::Staging(fs::path root, std::string board, const fs::path& config)
    : root_(std::move(root)), board_(std::move(board)), config_(root_ / config) {}

Result<Staging> Staging::open(const fs::path& root, std::string board, const fs::path& config) {
  std::error_code error;
  if (!fs::is_directory(root, error)) {
    return Error{Errc::not_found,
                 printable(root.native()) +
                     " is no directory: it is to be the root of the site's TFTP or HTTP server"};
  }
  return Staging(root, std::move(board), config);
}

fs::path Staging::place_of(const BootIntent& intent) const {
  return fs::path("rigbisect") / board_ / intent.run_id;
}

Result<void> Staging::put(const BootIntent& intent, const std::string& config, const std::stop_token& stop) {
  if (stop.stop_requested()) return Error{Errc::cancelled, "staging: stopped"};
  if (auto removed = remove(); !removed) return removed;
  staged_ = root_ / place_of(intent);
  for (const auto& [from, name] :
       {std::pair(intent.kernel, "kernel"), std::pair(intent.initramfs, "initrd")}) {
    const fs::path file = staged_ / name;
    if (auto copied = copy_file_atomically(from, file); !copied) return copied;
    if (auto readable = make_readable(file); !readable) return readable;
  }
  if (auto written = write_file_atomically(config_, config); !written) return written;
  return make_readable(config_);
}

Result<void> Staging::remove() {
  std::error_code error;
  fs::remove(config_, error);
  if (error) return cannot_remove(config_, error);
  if (!staged_.empty()) fs::remove_all(staged_, error);
  if (error) return cannot_remove(staged_, error);
  staged_.clear();
  return {};
}

std::string Staging::describe() const {
  return printable(staged_.native());
}

}  // namespace rigbisect
