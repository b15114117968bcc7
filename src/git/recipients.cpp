#include "git/recipients.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace rigbisect::git {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// `tag` in lower case: "reviewed-by", "reported-and-tested-by".
bool names_a_person_who_took_part(const std::string& tag) {
  if (tag == "signed-off-by") return true;
  constexpr std::array<std::string_view, 3> kDone{"reviewed-", "acked-", "tested-"};
  return std::any_of(kDone.begin(), kDone.end(), [&](std::string_view done) {
    return tag.starts_with(done) || tag.find("-and-" + std::string(done)) != std::string::npos;
  });
}

// "Name <mail>" or "mail"; "" if there is no address.
std::string address(std::string_view text) {
  const auto open = text.rfind('<');
  if (open != std::string_view::npos) {
    text.remove_prefix(open + 1);
    text = text.substr(0, text.find('>'));
  }
  const std::string mail = lower(trim(text));
  const auto at = mail.find('@');
  const bool plausible = at != std::string::npos && at > 0 && at + 1 < mail.size() &&
                         mail.find_first_of(" \t\"\\(),;:<>[]") == std::string::npos;
  return plausible ? mail : "";
}

}  // namespace

std::vector<std::string> recipients(std::string_view author_mail, std::string_view message) {
  std::set<std::string> found{address(author_mail)};
  for (const std::string_view line : split(message, '\n')) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || !names_a_person_who_took_part(lower(line.substr(0, colon))))
      continue;
    found.insert(address(line.substr(colon + 1)));
  }
  std::vector<std::string> result;
  for (const std::string& mail : found) {
    if (!mail.empty() && !mail.starts_with("stable@")) result.push_back(mail);
  }
  return result;
}

}  // namespace rigbisect::git
