#include <array>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "git/libgit2.h"
#include "git/recipients.h"
#include "git/repository_state.h"

namespace rigbisect {
namespace {

const std::string kNoObject(GIT_OID_HEXSZ, '0');

// git's default date: "Thu Aug 16 21:49:08 2018 +0200", in the author's own zone.
std::string git_date(const git_time& when) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t local = when.time + static_cast<git_time_t>(when.offset) * 60;
  std::tm parts{};
  if (::gmtime_r(&local, &parts) == nullptr) return "";
  const int offset = when.offset < 0 ? -when.offset : when.offset;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s %s %d %02d:%02d:%02d %d %c%02d%02d",
                kDays[static_cast<std::size_t>(parts.tm_wday)],
                kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, parts.tm_year + 1900, when.offset < 0 ? '-' : '+', offset / 60, offset % 60);
  return text.data();
}

std::string octal(unsigned value, int digits) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%0*o", digits, value);
  return text.data();
}

// As git prints names (core.quotePath): unusual bytes make it a C string.
std::string quoted_name(std::string_view name) {
  constexpr std::string_view kPlain = "\a\b\t\n\v\f\r\"\\";
  constexpr std::string_view kEscape = "abtnvfr\"\\";
  std::string text;
  bool unusual = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const auto known = kPlain.find(c);
    unusual = unusual || known != std::string_view::npos || byte < 0x20 || byte >= 0x7f;
    if (known != std::string_view::npos) {
      text += {'\\', kEscape[known]};
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += "\\" + octal(byte, 3);
    } else {
      text += c;
    }
  }
  return unusual ? "\"" + text + "\"" : text;
}

struct Side {
  const git_tree_entry* entry = nullptr;
  unsigned mode() const {
    return entry == nullptr ? 0 : static_cast<unsigned>(git_tree_entry_filemode_raw(entry));
  }
  std::string oid() const { return entry == nullptr ? kNoObject : git::to_string(*git_tree_entry_id(entry)); }
  bool is_directory() const { return git_tree_entry_type(entry) == GIT_OBJECT_TREE; }
  // The order of entries in a tree: directories as if their name ended in a slash.
  std::string key() const { return std::string(git_tree_entry_name(entry)) + (is_directory() ? "/" : ""); }
};

std::string raw_line(const Side& before, const Side& after) {
  constexpr unsigned kTypeMask = 0170000;
  const bool both = before.entry != nullptr && after.entry != nullptr;
  const bool type_changed = (before.mode() & kTypeMask) != (after.mode() & kTypeMask);
  const char status = !both ? (before.entry == nullptr ? 'A' : 'D') : (type_changed ? 'T' : 'M');
  const Side& named = after.entry == nullptr ? before : after;
  return ":" + octal(before.mode(), 6) + " " + octal(after.mode(), 6) + " " + before.oid() + " " +
         after.oid() + " " + status + "\t" + quoted_name(git_tree_entry_name(named.entry)) + "\n";
}

// As `git diff-tree` without -r: what changed in the top directory.
std::string raw_diff(const git_tree* before, const git_tree* after) {
  std::string text;
  const std::size_t before_count = before == nullptr ? 0 : git_tree_entrycount(before);
  const std::size_t after_count = git_tree_entrycount(after);
  std::size_t b = 0;
  std::size_t a = 0;
  while (b < before_count || a < after_count) {
    Side left{b < before_count ? git_tree_entry_byindex(before, b) : nullptr};
    Side right{a < after_count ? git_tree_entry_byindex(after, a) : nullptr};
    if (left.entry != nullptr && right.entry != nullptr) {
      const int order = left.key().compare(right.key());
      if (order < 0) right.entry = nullptr;
      if (order > 0) left.entry = nullptr;
    }
    b += left.entry != nullptr ? 1U : 0U;
    a += right.entry != nullptr ? 1U : 0U;
    if (left.mode() != right.mode() || left.oid() != right.oid()) text += raw_line(left, right);
  }
  return text;
}

Result<std::string> diff_to_first_parent(git_repository* repository, git_commit* commit) {
  auto after = git::tree_of(repository, commit);
  if (!after) return after.error();
  if (git_commit_parentcount(commit) == 0) return raw_diff(nullptr, after->get());
  auto parent = git::find_commit(repository, git::to_string(*git_commit_parent_id(commit, 0)));
  if (!parent) return parent.error();
  auto before = git::tree_of(repository, parent->get());
  if (!before) return before.error();
  return raw_diff(before->get(), after->get());
}

}  // namespace

Result<CommitDetails> Repository::details(const CommitId& commit) const {
  auto found = git::find_commit(state_->get(), commit);
  if (!found) return found.error();
  git_commit* const raw = found->get();
  const git_signature* author = git_commit_author(raw);
  CommitDetails details;
  details.id = commit;
  details.author = std::string(author->name) + " <" + author->email + ">";
  details.date = git_date(author->when);
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    details.parents.push_back(git::to_string(*git_commit_parent_id(raw, i)));
  }
  details.message = git_commit_message(raw);
  details.message.erase(details.message.find_last_not_of('\n') + 1);
  details.cc = git::recipients(author->email, details.message);
  auto diff = diff_to_first_parent(state_->get(), raw);
  if (!diff) return diff.error();
  details.raw_diff = std::move(*diff);
  if (details.raw_diff.ends_with('\n')) details.raw_diff.pop_back();
  return details;
}

}  // namespace rigbisect
