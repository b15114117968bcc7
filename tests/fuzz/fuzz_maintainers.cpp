#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "git/maintainers.h"

// Any bytes are fine for the reader of MAINTAINERS: the first line is the file, the rest the text. What it
// finds are plain paths of that text, each once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto line = bytes.find('\n');
  const std::string_view text = line == std::string_view::npos ? "" : bytes.substr(line + 1);
  const auto paths = rigbisect::git::maintained_with(text, bytes.substr(0, line));
  for (const auto& path : paths) {
    if (path.empty() || path.find_first_of("*?[\n") != std::string::npos) std::abort();
    if (text.find(path) == std::string_view::npos) std::abort();
  }
  if (std::set<std::string>(paths.begin(), paths.end()).size() != paths.size()) std::abort();
  return 0;
}
