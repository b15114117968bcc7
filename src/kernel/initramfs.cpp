#include "kernel/initramfs.h"

#include <map>
#include <memory>
#include <set>

#include <archive.h>
#include <archive_entry.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 1u << 30;
constexpr std::size_t kLongestPlan = 64 << 10;  // limits of firmware-host/target/run_config.h
constexpr std::size_t kMostWords = 256;

// A value of run.conf: what is not plain becomes \xNN (firmware-host/target/run_config.h).
std::string escape(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      text += c;
    } else {
      text += "\\x" + to_hex({&byte, 1});
    }
  }
  return text;
}

Result<std::string> format_plan(const TargetPlan& plan) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(plan.time).count();
  std::string text = "nonce=" + escape(plan.nonce) + "\nduration_ms=" + std::to_string(milliseconds) +
                     "\nonce=" + (plan.once ? "1" : "0") + "\n";
  for (const std::string& word : plan.argv) {
    if (word.find('\0') != std::string::npos)
      return Error{Errc::invalid, "an argument of the reproducer has a NUL byte"};
    text += "arg=" + escape(word) + "\n";
  }
  if (plan.argv.size() > kMostWords || text.size() > kLongestPlan) {
    return Error{Errc::invalid, "the reproducer has too many or too long arguments: put them into a file"};
  }
  return text;
}

// A path on the target, without the leading slash; "" if it is not absolute or steps upwards.
std::string inside(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  const bool fits =
      normal.is_absolute() && normal.has_filename() && normal.native().find('\0') == std::string::npos;
  return fits ? normal.native().substr(1) : "";
}

// Writes a cpio archive into memory. Same calls, same bytes: inode numbers count up, times and owners are 0.
class Cpio {
 public:
  explicit Cpio(bool compress) : archive_(archive_write_new()) {
    archive_write_set_format_cpio_newc(archive_.get());
    archive_write_set_bytes_in_last_block(archive_.get(), 1);
    if (compress) {
      archive_write_add_filter_gzip(archive_.get());
      archive_write_set_filter_option(archive_.get(), "gzip", "timestamp", nullptr);
    }
    archive_write_open2(archive_.get(), this, nullptr, append, nullptr, nullptr);
  }

  // Also the directories on the way.
  void add_directory(const std::string& path) {
    if (path.empty() || !directories_.insert(path).second) return;
    add_directory(fs::path(path).parent_path().native());
    add(path, AE_IFDIR | 0755, {}, 1);
  }

  void add_file(const std::string& path, std::string_view content, bool executable, unsigned links = 1) {
    add_directory(fs::path(path).parent_path().native());
    add(path, AE_IFREG | (executable ? 0755U : 0644U), content, links);
  }

  // Another name of the file that was added last. Its content is not repeated.
  void add_link(const std::string& path, bool executable, unsigned links) {
    add_directory(fs::path(path).parent_path().native());
    --inode_;
    add(path, AE_IFREG | (executable ? 0755U : 0644U), {}, links);
  }

  Result<std::string> finish() {
    note(archive_write_close(archive_.get()));
    if (!error_.empty()) return Error{Errc::io, "cannot make an initramfs: " + printable(error_)};
    return std::move(bytes_);
  }

 private:
  struct Free {
    void operator()(archive* a) const { archive_write_free(a); }
    void operator()(archive_entry* e) const { archive_entry_free(e); }
  };

  static la_ssize_t append(archive* /*unused*/, void* self, const void* bytes, std::size_t size) {
    static_cast<Cpio*>(self)->bytes_.append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  void add(const std::string& path, unsigned mode, std::string_view content, unsigned links) {
    const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_mode(entry.get(), mode);
    archive_entry_set_nlink(entry.get(), links);
    archive_entry_set_ino64(entry.get(), ++inode_);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    note(archive_write_header(archive_.get(), entry.get()));
    if (!content.empty() && archive_write_data(archive_.get(), content.data(), content.size()) < 0)
      note(ARCHIVE_FATAL);
    note(archive_write_finish_entry(archive_.get()));
  }

  void note(int code) {
    if (code >= ARCHIVE_OK || !error_.empty()) return;
    const char* text = archive_error_string(archive_.get());
    error_ = text != nullptr ? text : "unknown error";
  }

  std::string bytes_;
  std::unique_ptr<archive, Free> archive_;
  std::set<std::string> directories_;
  std::string error_;
  la_int64_t inode_ = 0;
};

// The files by what they are copied from, so that a file under several names is stored once.
using Names = std::map<std::pair<fs::path, bool>, std::set<std::string>>;

Result<Names> names_of(const std::vector<TargetFile>& files) {
  std::map<std::string, fs::path> taken{{"init", ""}, {"rigbisect/run.conf", ""}};
  Names names;
  for (const TargetFile& file : files) {
    const std::string path = inside(file.to);
    if (path.empty())
      return Error{Errc::invalid, "'" + printable(file.to) + "' is not an absolute path on the target"};
    const auto [entry, fresh] = taken.emplace(path, file.from);
    if (!fresh && entry->second != file.from) {
      return Error{Errc::invalid, "two files want to be /" + printable(path) + " on the target"};
    }
    names[{file.from, file.executable}].insert(path);
  }
  return names;
}

}  // namespace

Result<void> write_initramfs(const fs::path& to, std::span<const unsigned char> init, const TargetPlan& plan,
                             const std::vector<TargetFile>& files, bool compress) {
  const auto text = format_plan(plan);
  if (!text) return text.error();
  const auto names = names_of(files);
  if (!names) return names.error();
  Cpio cpio(compress);
  for (const char* directory : {"dev", "proc", "sys", "tmp"}) cpio.add_directory(directory);
  cpio.add_file("init", {reinterpret_cast<const char*>(init.data()), init.size()}, true);
  cpio.add_file("rigbisect/run.conf", *text, false);
  for (const auto& [file, paths] : *names) {
    const auto content = read_file(file.first, kLargestFile);
    if (!content) return content.error();
    for (const std::string& path : paths) cpio.add_directory(fs::path(path).parent_path().native());
    const auto links = static_cast<unsigned>(paths.size());
    auto path = paths.begin();
    cpio.add_file(*path, *content, file.second, links);
    while (++path != paths.end()) cpio.add_link(*path, file.second, links);
  }
  const auto bytes = cpio.finish();
  if (!bytes) return bytes.error();
  return write_file_atomically(to, *bytes);
}

}  // namespace rigbisect
