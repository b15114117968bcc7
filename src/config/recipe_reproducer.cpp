#include <set>
#include <utility>

#include "config/map_reader.h"
#include "config/recipe_files.h"
#include "config/recipe_parts.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// The further files land in one directory of the target, so their names must differ.
void check_names(const ReproducerRecipe& reproducer, MapReader& map) {
  std::set<std::string> names;
  for (const fs::path& file : reproducer.files) {
    if (names.insert(file.filename().native()).second) continue;
    map.problems().add(map.mark(), map.name_of("files") + ": two files are called " +
                                       shown(file.filename().native()) + ", and both go into one directory");
  }
}

}  // namespace

ReproducerRecipe read_reproducer(const YamlNode& node, const fs::path& directory, Problems& problems) {
  using Kind = ReproducerRecipe::Kind;
  ReproducerRecipe reproducer;
  MapReader map(node, "reproducer", problems);
  int kinds = 0;
  for (const auto& [key, kind] : {std::pair{"source", Kind::c_source}, std::pair{"script", Kind::script},
                                  std::pair{"binary", Kind::binary}}) {
    const YamlNode* file = map.find(key);
    if (file == nullptr) continue;
    ++kinds;
    reproducer.kind = kind;
    reproducer.file = read_existing_file(*file, map.name_of(key), directory, problems).value_or("");
  }
  if (map.is_map() && kinds != 1) {
    problems.add(map.mark(), "reproducer: expected exactly one of source: (C), script: or binary:, " +
                                 (kinds == 0 ? std::string("and none is there")
                                             : "and " + std::to_string(kinds) + " are there"));
  }
  const YamlNode* cflags = map.texts("cflags", reproducer.cflags);
  if (cflags != nullptr && kinds == 1 && reproducer.kind != Kind::c_source) {
    problems.add(cflags->mark, map.name_of("cflags") + ": only C source (source:) is compiled");
  }
  reproducer.files = read_existing_files(map, "files", directory);
  check_names(reproducer, map);
  map.texts("args", reproducer.args);
  map.duration("time", 1s, 24h, reproducer.time);
  map.boolean("once", reproducer.once);
  map.finish();
  return reproducer;
}

}  // namespace rigbisect
