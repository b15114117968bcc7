#include "kernel/object_directory.h"

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIdentity = ".rigbisect-toolchain";
constexpr const char* kBuilding = ".rigbisect-building";
constexpr auto kTick = std::chrono::milliseconds(20);  // file systems' clocks are this coarse

Error failed(const std::string& what, const fs::path& path, const std::error_code& error) {
  return Error{Errc::io, "cannot " + what + " " + printable(path.native()) + ": " + error.message()};
}

}  // namespace

Result<void> ObjectDirectory::prepare(const std::string& identity) const {
  if (auto made = make_directories(path_); !made) return made;
  std::error_code error;
  const auto made_by = read_file(path_ / kIdentity, 64 << 10);
  if (made_by && *made_by == identity) return sweep();
  if (!made_by && !fs::is_empty(path_, error)) {
    return Error{Errc::invalid,
                 "the directory " + printable(path_.native()) +
                     " is to hold object files but holds other files, and they would be deleted: "
                     "name an empty or a new directory"};
  }
  for (fs::directory_iterator i(path_, error), end; !error && i != end; i.increment(error)) {
    std::error_code ignored;  // what is left is met again by the next build, which then fails with a reason
    if (i->path().filename() != kIdentity) fs::remove_all(i->path(), ignored);
  }
  if (error) return failed("empty", path_, error);
  return write_file_atomically(path_ / kIdentity, identity);
}

Result<void> ObjectDirectory::begin_build() const {
  return write_file_atomically(path_ / kBuilding, "");
}

Result<void> ObjectDirectory::end_build() const {
  std::error_code error;
  fs::remove(path_ / kBuilding, error);
  if (error) return failed("remove", path_ / kBuilding, error);
  return {};
}

Result<void> ObjectDirectory::sweep() const {
  std::error_code error;
  const auto began = fs::last_write_time(path_ / kBuilding, error);
  if (error) return {};  // the last build came to its end
  for (fs::recursive_directory_iterator i(path_, error), end; !error && i != end; i.increment(error)) {
    std::error_code ignored;
    const bool ours = i.depth() == 0 && i->path().filename().native().starts_with(".rigbisect-");
    if (ours || !i->is_regular_file(ignored) || i->is_symlink(ignored)) continue;
    const bool config = i.depth() == 0 && i->path().filename() == ".config";
    if (!config && i->last_write_time(ignored) >= began - kTick) fs::remove(i->path(), error);
    if (error) break;
  }
  if (error) return failed("remove what a killed build left in", path_, error);
  return end_build();
}

}  // namespace rigbisect
