#include "kernel/image_cache.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMeta = "meta";
constexpr const char* kVmlinux = "vmlinux";
constexpr const char* kConfig = "config";
constexpr const char* kLog = "log";
constexpr std::string_view kUnfinished = ".new-";
constexpr auto kInUse = std::chrono::hours(1);

using Meta = std::map<std::string, std::string>;

std::string format(const Meta& meta) {
  std::string text;
  for (const auto& [key, value] : meta) text += key + "=" + printable(value) + "\n";
  return text;
}

Meta parse(std::string_view text) {
  Meta meta;
  for (const std::string_view line : split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) meta.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return meta;
}

std::uintmax_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

std::uintmax_t size_of_directory(const fs::path& directory) {
  std::uintmax_t total = 0;
  std::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error)) {
    total += size_of(i->path());
  }
  return total;
}

fs::file_time_type file_time(std::chrono::milliseconds wall) {
  const std::chrono::sys_time<std::chrono::milliseconds> time(wall);
  return std::chrono::time_point_cast<fs::file_time_type::duration>(std::chrono::file_clock::from_sys(time));
}

// A directory that vanishes unless it is kept.
class Unfinished {
 public:
  explicit Unfinished(fs::path path) : path_(std::move(path)) {}
  ~Unfinished() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

}  // namespace

std::optional<KernelImage> ImageCache::find(const std::string& key) const {
  const fs::path entry = directory_ / key;
  const auto text = read_file(entry / kMeta, 64 << 10);
  if (!text) return std::nullopt;
  Meta meta = parse(*text);
  if (meta.contains("broken")) return std::nullopt;
  KernelImage image;
  image.kernel = entry / fs::path(meta["kernel"]).filename();
  image.config = entry / kConfig;
  std::error_code gone;
  if (fs::exists(entry / kVmlinux, gone)) image.vmlinux = entry / kVmlinux;
  const bool whole =
      std::to_string(size_of(image.kernel)) == meta["kernel_size"] && size_of(image.config) > 0 &&
      (image.vmlinux.empty() || std::to_string(size_of(image.vmlinux)) == meta["vmlinux_size"]);
  if (!whole) {
    std::error_code ignored;
    fs::remove_all(entry, ignored);
    return std::nullopt;
  }
  image.release = meta["release"];
  image.build_id = meta["build_id"];
  image.signature = meta["signature"];
  image.compiler = meta["compiler"];
  image.cached = true;
  touch(entry);
  return image;
}

std::optional<KernelBroken> ImageCache::find_broken(const std::string& key) const {
  const fs::path entry = directory_ / key;
  const auto text = read_file(entry / kMeta, 64 << 10);
  if (!text) return std::nullopt;
  Meta meta = parse(*text);
  if (!meta.contains("broken")) return std::nullopt;
  touch(entry);
  return KernelBroken{meta["broken"], entry / kLog, meta["compiler"]};
}

void ImageCache::touch(const fs::path& entry) const {
  std::error_code ignored;  // fails on a read-only cache: no harm
  fs::last_write_time(entry / kMeta, file_time(clock_.wall()), ignored);
}

Result<KernelImage> ImageCache::insert(const std::string& key, const KernelImage& built) const {
  Unfinished fresh(directory_ / (std::string(kUnfinished) + random_hex(8)));
  const std::string kernel_name = built.kernel.filename().native();
  Meta meta{{"kernel", kernel_name},
            {"kernel_size", std::to_string(size_of(built.kernel))},
            {"release", built.release},
            {"build_id", built.build_id},
            {"signature", built.signature},
            {"compiler", built.compiler},
            {"vmlinux_size", built.vmlinux.empty() ? "" : std::to_string(size_of(built.vmlinux))}};
  if (auto copied = copy_file_atomically(built.kernel, fresh.path() / kernel_name); !copied)
    return copied.error();
  if (auto copied = copy_file_atomically(built.config, fresh.path() / kConfig); !copied)
    return copied.error();
  if (!built.vmlinux.empty()) {
    if (auto copied = copy_file_atomically(built.vmlinux, fresh.path() / kVmlinux); !copied)
      return copied.error();
  }
  if (auto written = write_file_atomically(fresh.path() / kMeta, format(meta)); !written)
    return written.error();
  std::error_code error;
  fs::rename(fresh.path(), directory_ / key, error);
  if (!error) fresh.keep();
  auto image = find(key);  // another process may have been first: then its entry is as good
  if (!image)
    return Error{Errc::io,
                 "cannot put a kernel into " + printable(directory_.native()) + ": " + error.message()};
  image->cached = false;
  evict(directory_ / key);
  return *image;
}

Result<void> ImageCache::insert_broken(const std::string& key, const KernelBroken& broken) const {
  Unfinished fresh(directory_ / (std::string(kUnfinished) + random_hex(8)));
  if (auto copied = copy_file_atomically(broken.log, fresh.path() / kLog); !copied) return copied;
  const Meta meta{{"broken", broken.first_error}, {"compiler", broken.compiler}};
  if (auto written = write_file_atomically(fresh.path() / kMeta, format(meta)); !written) return written;
  std::error_code another_was_first;
  fs::rename(fresh.path(), directory_ / key, another_was_first);
  if (!another_was_first) fresh.keep();
  evict(directory_ / key);
  return {};
}

void ImageCache::evict(const fs::path& keep) const {
  struct Entry {
    fs::file_time_type used;
    fs::path path;
  };
  const fs::file_time_type in_use_since = file_time(clock_.wall() - kInUse);
  std::vector<Entry> entries;
  std::uintmax_t total = 0;
  std::error_code error;
  for (fs::directory_iterator i(directory_, error), end; !error && i != end; i.increment(error)) {
    const bool unfinished = i->path().filename().native().starts_with(kUnfinished);
    std::error_code gone;  // another process evicts, too
    const auto used = fs::last_write_time(unfinished ? i->path() : i->path() / kMeta, gone);
    if (gone) continue;
    const Entry entry{used, i->path()};
    total += size_of_directory(i->path());
    if (entry.used < in_use_since && entry.path != keep) entries.push_back(entry);
    if (unfinished && entry.used < in_use_since) entries.back().used = fs::file_time_type::min();
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {  // a kernel boots without it, and it is most of the bytes
    if (total <= limit_) break;
    const auto size = size_of(entry.path / kVmlinux);
    if (fs::remove(entry.path / kVmlinux, error)) total -= size;
  }
  for (const Entry& entry : entries) {
    const bool left_by_a_kill = entry.used == fs::file_time_type::min();
    if (total <= limit_ && !left_by_a_kill) break;
    const auto size = size_of_directory(entry.path);
    fs::remove_all(entry.path, error);
    total -= size;
  }
}

}  // namespace rigbisect
