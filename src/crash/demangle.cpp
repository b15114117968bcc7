#include "crash/demangle.h"

#include <cstdlib>
#include <memory>

#include <libiberty/demangle.h>

namespace rigbisect {

std::string demangle(std::string_view name) {
  constexpr std::size_t longest = 1024;
  const bool mangled = name.starts_with("_R") || name.starts_with("_Z");
  if (!mangled || name.size() > longest) return {};
  const std::unique_ptr<char, decltype(&std::free)> text(
      cplus_demangle(std::string(name).c_str(), DMGL_NO_OPTS), &std::free);
  return text ? std::string(text.get()) : std::string{};
}

}  // namespace rigbisect
