#include "git/tree_sync.h"

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"

namespace rigbisect::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPath = 4000;

// Names that a tree of git's own making cannot have, and that would lead out of the directory.
bool is_safe(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         ::strcasecmp(std::string(name).c_str(), ".git") != 0;
}

Result<std::set<std::string>> names_in(int directory, const std::string& path) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    const Error error = errno_error("cannot list " + printable(path));
    if (copy >= 0) ::close(copy);
    return error;
  }
  std::set<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {  // NOLINT(concurrency-mt-unsafe): the stream is ours
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace(name);
    errno = 0;
  }
  const int number = errno;
  ::closedir(stream);
  if (number == 0) return names;
  errno = number;
  return errno_error("cannot list " + printable(path));
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot write " + printable(path));
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

class TreeSync {
 public:
  TreeSync(git_repository* repository, fs::path root, const Stamps& before, Stamps& after,
           std::stop_token stop)
      : repository_(repository),
        root_(std::move(root)),
        before_(before),
        after_(after),
        stop_(std::move(stop)) {}

  Result<void> sync(int directory, const git_tree* tree, const std::string& prefix) {
    if (stop_.stop_requested()) return Error{Errc::cancelled, "stopped during a checkout"};
    auto leftover = names_in(directory, shown(prefix));
    if (!leftover) return leftover.error();
    const std::size_t count = git_tree_entrycount(tree);
    for (std::size_t i = 0; i < count; ++i) {
      leftover->erase(git_tree_entry_name(git_tree_entry_byindex(tree, i)));
    }
    for (const std::string& name : *leftover) {
      if (auto removed = remove(prefix + name); !removed) return removed;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (auto done = sync_entry(directory, git_tree_entry_byindex(tree, i), prefix); !done) return done;
    }
    return {};
  }

 private:
  std::string shown(const std::string& path) const { return (root_ / path).native(); }

  Result<void> remove(const std::string& path) const {
    std::error_code error;
    fs::remove_all(root_ / path, error);
    if (!error) return {};
    errno = error.value();
    return errno_error("cannot remove " + printable(shown(path)));
  }

  Result<void> sync_entry(int directory, const git_tree_entry* entry, const std::string& prefix) {
    const std::string name = git_tree_entry_name(entry);
    const std::string path = prefix + name;
    if (!is_safe(name) || path.size() > kLongestPath) {
      return Error{Errc::invalid,
                   "the commit has a file with a name that is not allowed: " + printable(path)};
    }
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode != GIT_FILEMODE_TREE && mode != GIT_FILEMODE_COMMIT)
      return sync_file(directory, entry, name, path);
    auto inside = enter(directory, name, path);
    if (!inside) return inside.error();
    if (mode == GIT_FILEMODE_COMMIT) return {};  // a submodule: git leaves an empty directory, too
    auto tree = take<TreeHandle>("the directory " + printable(path), repository_, [&](git_tree** out) {
      return git_tree_lookup(out, repository_, git_tree_entry_id(entry));
    });
    if (!tree) return tree.error();
    return sync(inside->get(), tree->get(), path + "/");
  }

  // Opens a real directory of this name, made if there is something else or nothing.
  Result<Fd> enter(int directory, const std::string& name, const std::string& path) const {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd fd(::openat(directory, name.c_str(), kFlags));
    if (fd.valid()) return fd;
    if (errno == ENOTDIR || errno == ELOOP) {
      if (auto removed = remove(path); !removed) return removed.error();
    } else if (errno != ENOENT) {
      return errno_error("cannot open " + printable(shown(path)));
    }
    if (::mkdirat(directory, name.c_str(), 0777) == 0) fd.reset(::openat(directory, name.c_str(), kFlags));
    if (!fd.valid()) return errno_error("cannot make " + printable(shown(path)));
    return fd;
  }

  Result<void> sync_file(int directory, const git_tree_entry* entry, const std::string& name,
                         const std::string& path) {
    const std::string oid = to_string(*git_tree_entry_id(entry));
    struct stat info {};
    const bool exists = ::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists && errno != ENOENT) return errno_error("cannot look at " + printable(shown(path)));
    if (exists && mode_fits(info, entry)) {
      const bool known = before_.holds(path, Stamp::of(info), oid);
      if (known || content_fits(info, entry, path)) {
        after_.add(path, Stamp::of(info), oid);
        return {};
      }
    }
    if (exists) {
      if (auto removed = remove(path); !removed) return removed;
    }
    if (auto written = write(directory, entry, name, path); !written) return written;
    if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno_error("cannot look at " + printable(shown(path)));
    }
    after_.add(path, Stamp::of(info), oid);
    return {};
  }

  static bool mode_fits(const struct stat& info, const git_tree_entry* entry) {
    if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK) return S_ISLNK(info.st_mode);
    const bool executable = (info.st_mode & S_IXUSR) != 0;
    return S_ISREG(info.st_mode) &&
           executable == (git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE);
  }

  bool content_fits(const struct stat& info, const git_tree_entry* entry, const std::string& path) const {
    const fs::path file = root_ / path;
    git_oid oid{};
    if (S_ISREG(info.st_mode)) {
      if (git_odb_hashfile(&oid, file.c_str(), GIT_OBJECT_BLOB) != 0) return false;
    } else {
      std::error_code error;
      const std::string target = fs::read_symlink(file, error).native();
      if (error || git_odb_hash(&oid, target.data(), target.size(), GIT_OBJECT_BLOB) != 0) return false;
    }
    return git_oid_equal(&oid, git_tree_entry_id(entry)) == 1;
  }

  Result<void> write(int directory, const git_tree_entry* entry, const std::string& name,
                     const std::string& path) const {
    auto blob = take<BlobHandle>("the file " + printable(path), repository_, [&](git_blob** out) {
      return git_blob_lookup(out, repository_, git_tree_entry_id(entry));
    });
    if (!blob) return blob.error();
    const std::string_view content(static_cast<const char*>(git_blob_rawcontent(blob->get())),
                                   static_cast<std::size_t>(git_blob_rawsize(blob->get())));
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode == GIT_FILEMODE_LINK) {
      if (::symlinkat(std::string(content).c_str(), directory, name.c_str()) == 0) return {};
      return errno_error("cannot make the link " + printable(shown(path)));
    }
    const mode_t permissions = mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0777 : 0666;
    const Fd fd(
        ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions));
    if (!fd.valid()) return errno_error("cannot make " + printable(shown(path)));
    return write_all(fd.get(), content, shown(path));
  }

  git_repository* repository_;
  fs::path root_;
  const Stamps& before_;
  Stamps& after_;
  std::stop_token stop_;
};

}  // namespace

Result<void> sync_tree(git_repository* repository, const git_tree* tree, const fs::path& directory,
                       Stamps& stamps, std::stop_token stop) {
  const Fd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root.valid()) return errno_error("cannot open " + printable(directory.native()));
  Stamps after;
  auto done = TreeSync(repository, directory, stamps, after, std::move(stop)).sync(root.get(), tree, "");
  if (!done) after.add_trusted(stamps);
  stamps = std::move(after);
  return done;
}

}  // namespace rigbisect::git
