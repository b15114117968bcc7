#include "cli/lab.h"

#include <cstdlib>

#include "base/marker.h"

namespace rigbisect {
namespace {

constexpr int kBuildPlaces = 8;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread starts
  return value == nullptr ? "" : value;
}

std::string tree_key(const std::filesystem::path& tree) {
  std::string name = tree.filename().string();
  if (name.empty() || name == ".git") name = tree.parent_path().filename().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  }
  char checksum[9];
  std::snprintf(checksum, sizeof checksum, "%08x", crc32(tree.string()));
  return name + "-" + checksum;
}

}  // namespace

std::filesystem::path Lab::default_directory() {
  if (const auto lab = variable("RIGBISECT_LAB"); !lab.empty()) return std::filesystem::absolute(lab);
  if (const auto state = variable("XDG_STATE_HOME"); !state.empty())
    return std::filesystem::path(state) / "rigbisect";
  const auto home = variable("HOME");
  return std::filesystem::path(home.empty() ? "/var/lib" : home) /
         (home.empty() ? "rigbisect" : ".local/state/rigbisect");
}

Result<Lab::BuildPlace> Lab::build_place(const std::filesystem::path& tree) const {
  std::error_code ignored;
  const auto canonical = std::filesystem::weakly_canonical(tree, ignored);
  const std::string key = tree_key(canonical.empty() ? tree : canonical);
  for (int number = 1; number <= kBuildPlaces; ++number) {
    const auto place = directory_ / "builds" / (key + "-" + std::to_string(number));
    if (auto made = make_directories(place); !made) return made.error();
    auto lock = FileLock::try_acquire(place / "lock");
    if (lock) return BuildPlace{std::move(*lock), place / "source", place / "objects"};
    if (lock.error().code != Errc::busy) return lock.error();
  }
  return Error{Errc::busy, "all " + std::to_string(kBuildPlaces) + " build directories of " + tree.string() +
                               " are in use by other campaigns: wait for one to end"};
}

}  // namespace rigbisect
