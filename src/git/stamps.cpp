#include "git/stamps.h"

#include <array>
#include <charconv>

#include "os/file.h"

namespace rigbisect::git {
namespace {

constexpr std::string_view kHeader = "rigbisect work tree 1\n";
constexpr std::string_view kEnd = "end\n";
constexpr std::int64_t kTick = 20'000'000;  // nanoseconds: the coarsest clock of a Linux file system is 10 ms
constexpr std::uintmax_t kLimit = 1u << 30;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

template <typename Number>
bool take_number(std::string_view& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

// The stamps' file is written after all the files it tells of.
std::int64_t trust_limit(const std::filesystem::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? nanoseconds(info.st_mtim) - kTick : 0;
}

}  // namespace

Stamp Stamp::of(const struct stat& info) {
  return Stamp{info.st_ino, static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim),
               nanoseconds(info.st_ctim), info.st_mode};
}

Result<Stamps> Stamps::load(const std::filesystem::path& file) {
  const auto text = read_file(file, kLimit);
  if (!text) return text.error();
  Stamps stamps;
  if (!stamps.parse(*text)) return Stamps();
  stamps.trusted_until_ = trust_limit(file);
  return stamps;
}

// Records of "inode size modified changed mode oid path\0"; an end mark, because a power cut may truncate.
bool Stamps::parse(std::string_view text) {
  if (!text.starts_with(kHeader) || !text.ends_with(kEnd)) return false;
  text.remove_prefix(kHeader.size());
  text.remove_suffix(kEnd.size());
  while (!text.empty()) {
    Entry entry;
    Stamp& stamp = entry.stamp;
    const bool numbers = take_number(text, stamp.inode) && take_number(text, stamp.size) &&
                         take_number(text, stamp.modified) && take_number(text, stamp.changed) &&
                         take_number(text, stamp.mode);
    const auto space = text.find(' ');
    const auto zero = text.find('\0');
    if (!numbers || space == std::string_view::npos || zero == std::string_view::npos || zero < space)
      return false;
    entry.oid = text.substr(0, space);
    entries_.emplace(text.substr(space + 1, zero - space - 1), std::move(entry));
    text.remove_prefix(zero + 1);
  }
  return true;
}

Result<void> Stamps::save(const std::filesystem::path& file) {
  std::string text(kHeader);
  text.reserve(entries_.size() * 160);
  std::array<char, 24> digits{};
  const auto number = [&](auto value) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text.append(digits.data(), end).append(1, ' ');
  };
  for (const auto& [path, entry] : entries_) {
    number(entry.stamp.inode);
    number(entry.stamp.size);
    number(entry.stamp.modified);
    number(entry.stamp.changed);
    number(entry.stamp.mode);
    text.append(entry.oid).append(1, ' ').append(path).append(1, '\0');
  }
  text += kEnd;
  if (auto written = write_file_atomically(file, text); !written) return written;
  trusted_until_ = trust_limit(file);
  return {};
}

void Stamps::add(std::string path, const Stamp& stamp, const std::string& oid) {
  entries_.insert_or_assign(std::move(path), Entry{stamp, oid});
}

void Stamps::add_trusted(const Stamps& other) {
  for (const auto& [path, entry] : other.entries_) {
    if (entry.stamp.changed < other.trusted_until_) entries_.try_emplace(path, entry);
  }
}

bool Stamps::holds(const std::string& path, const Stamp& stamp, const std::string& oid) const {
  const auto found = entries_.find(path);
  return found != entries_.end() && found->second.stamp == stamp && found->second.oid == oid &&
         stamp.changed < trusted_until_;
}

}  // namespace rigbisect::git
