#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sys/stat.h>

#include "base/result.h"

namespace rigbisect::git {

// What the file system said about a file right after its content was known. As long as it says the same, the
// content is the same.
struct Stamp {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::int64_t changed = 0;   // of the inode, likewise: cannot be set by hand
  std::uint32_t mode = 0;

  static Stamp of(const struct stat& info);
  bool operator==(const Stamp&) const = default;
};

// The stamps and object ids of a directory's files, kept in a file beside it. Not thread-safe.
class Stamps {
 public:
  // Reads the file. A file that is damaged or from another version counts as empty: contents are then
  // compared byte for byte. Errc::not_found if there is none.
  static Result<Stamps> load(const std::filesystem::path& file);
  Result<void> save(const std::filesystem::path& file);

  void add(std::string path, const Stamp& stamp, const std::string& oid);
  // Takes over what `other` knows for sure about files that are not known here.
  void add_trusted(const Stamps& other);
  // Whether the file at `path` is known to hold object `oid`.
  bool holds(const std::string& path, const Stamp& stamp, const std::string& oid) const;

 private:
  struct Entry {
    Stamp stamp;
    std::string oid;
  };

  bool parse(std::string_view text);

  std::unordered_map<std::string, Entry> entries_;
  // Files that changed later than this could have changed again within the same tick of the file system's
  // clock: not trusted.
  std::int64_t trusted_until_ = 0;
};

}  // namespace rigbisect::git
