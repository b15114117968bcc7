#include "git/maintainers.h"

#include <algorithm>

#include "base/text.h"

namespace rigbisect::git {
namespace {

constexpr std::string_view kAllTheRest = "*/";  // what nobody else maintains

struct Section {
  std::vector<std::string_view> files;     // F:
  std::vector<std::string_view> excluded;  // X:
};

// A section is a paragraph; its first line is the title.
std::vector<Section> sections_of(std::string_view text) {
  std::vector<Section> sections(1);
  for (const std::string_view line : split(text, '\n')) {
    if (trim(line).empty()) {
      if (!sections.back().files.empty()) sections.emplace_back();
      continue;
    }
    if (line.starts_with("F:")) sections.back().files.push_back(trim(line.substr(2)));
    if (line.starts_with("X:")) sections.back().excluded.push_back(trim(line.substr(2)));
  }
  return sections;
}

// Of a shell pattern in which '*' and '?' stand for anything but '/'.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && (pattern[p] == name[n] || (pattern[p] == '?' && name[n] != '/'))) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos && name[retry] != '/') {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// "mm/": everything below; "mm/*": the files right in it.
bool claims(std::string_view pattern, std::string_view file) {
  if (pattern.ends_with('/')) {
    const auto slashes = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/'));
    std::size_t end = 0;
    for (std::size_t i = 0; i < slashes; ++i) {
      end = file.find('/', end);
      if (end == std::string_view::npos) return false;
      ++end;
    }
    return matches(pattern, file.substr(0, end));
  }
  return matches(pattern, file);
}

// By the parts of a path that a pattern names; one without wildcards is closer.
std::size_t depth(std::string_view pattern) {
  const bool named = pattern.find_first_of("*?") == std::string_view::npos;
  const auto slashes = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/'));
  return 2 * (slashes + (pattern.ends_with('/') ? 0U : 1U)) + (named ? 1U : 0U);
}

// How closely a section claims the file, 0: not at all.
std::size_t closeness(const Section& section, std::string_view file) {
  const auto claimed = [&](std::string_view pattern) { return claims(pattern, file); };
  if (std::any_of(section.excluded.begin(), section.excluded.end(), claimed)) return 0;
  std::size_t closest = 0;
  for (const std::string_view pattern : section.files) {
    if (claimed(pattern)) closest = std::max(closest, depth(pattern));
  }
  return closest;
}

// "" if it is more than one file or directory.
std::string path_of(std::string_view pattern) {
  if (pattern.ends_with("/*")) pattern.remove_suffix(1);
  if (pattern.ends_with('/')) pattern.remove_suffix(1);
  return pattern.find_first_of("*?[") == std::string_view::npos ? std::string(pattern) : "";
}

}  // namespace

std::vector<std::string> maintained_with(std::string_view maintainers, std::string_view file) {
  const std::vector<Section> sections = sections_of(maintainers);
  std::size_t closest = 0;
  for (const Section& section : sections) closest = std::max(closest, closeness(section, file));
  if (closest <= depth(kAllTheRest)) return {};
  std::vector<std::string> paths;
  for (const Section& section : sections) {
    if (closeness(section, file) != closest) continue;
    for (const std::string_view pattern : section.files) {
      std::string path = path_of(pattern);
      if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end())
        paths.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace rigbisect::git
