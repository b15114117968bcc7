#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "config/recipe.h"

// Any bytes as a recipe file: either a recipe whose parts keep their promises, or an error of bounded size
// that a terminal can show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto recipe = rigbisect::parse_recipe(yaml, "fuzz.yaml");
  if (!recipe) {
    const std::string& what = recipe.error().what;
    const bool safe = rigbisect::printable(what, true) == what;
    if (!safe || what.empty() || what.size() > 64 * 1024) std::abort();
    return 0;
  }
  if (recipe->name.empty() || recipe->name.find('/') != std::string::npos) std::abort();
  if (recipe->bad.empty() || !recipe->tree.is_absolute() || !recipe->reproducer.file.is_absolute())
    std::abort();
  if (recipe->runs < 1 || recipe->reproducer.time < std::chrono::seconds(1)) std::abort();
  return 0;
}
