#include "kernel/kernel_config.h"

#include <map>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::string_view kNotSetPrefix = "# CONFIG_";
constexpr std::string_view kNotSetSuffix = " is not set";

// The option that a line sets, "" for other lines.
std::string_view option_of(std::string_view line) {
  if (line.starts_with(kNotSetPrefix) && line.ends_with(kNotSetSuffix)) {
    return line.substr(2, line.size() - 2 - kNotSetSuffix.size());
  }
  return line.starts_with("CONFIG_") ? line.substr(0, line.find('=')) : std::string_view();
}

// Lines in one spelling: "CONFIG_X=n" is "not set".
std::string normal_line(std::string_view line) {
  const std::string option(option_of(line));
  return line == option + "=n" ? "# " + option + std::string(kNotSetSuffix) : std::string(line);
}

// option -> its line; the last one counts.
std::map<std::string, std::string, std::less<>> options_in(std::string_view text) {
  std::map<std::string, std::string, std::less<>> options;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    const std::string_view option = option_of(line);
    if (!option.empty()) options.insert_or_assign(std::string(option), normal_line(line));
  }
  return options;
}

std::map<std::string, std::string, std::less<>> options_in(const std::vector<std::string>& fragments) {
  std::map<std::string, std::string, std::less<>> all;
  for (const std::string& fragment : fragments) {
    for (auto& [option, line] : options_in(fragment)) all.insert_or_assign(option, line);
  }
  return all;
}

}  // namespace

std::string merge_config(std::string_view base, const std::vector<std::string>& fragments) {
  auto wanted = options_in(fragments);
  std::string text;
  for (const std::string_view raw : split(trim(base), '\n')) {
    const std::string_view line = trim(raw);
    const std::string_view option = option_of(line);
    const auto found = option.empty() ? wanted.end() : wanted.find(option);
    if (found == wanted.end()) {
      text.append(line).append(1, '\n');
      continue;
    }
    if (!found->second.empty()) text.append(found->second).append(1, '\n');
    found->second.clear();  // said once; a base may name an option twice
  }
  for (const auto& [option, line] : wanted) {
    if (!line.empty()) text.append(line).append(1, '\n');
  }
  return text;
}

std::vector<std::string> vanished_options(const std::vector<std::string>& fragments,
                                          std::string_view final_config) {
  const auto final_options = options_in(final_config);
  std::vector<std::string> vanished;
  for (const auto& [option, line] : options_in(fragments)) {
    const auto found = final_options.find(option);
    const bool wanted_off = line.starts_with('#');
    const bool as_wanted = found == final_options.end() ? wanted_off : found->second == line;
    if (!as_wanted) vanished.push_back(line);
  }
  return vanished;
}

}  // namespace rigbisect
