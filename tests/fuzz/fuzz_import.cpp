#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "config/import.h"
#include "config/yaml_tree.h"

namespace {

using namespace rigbisect;

// Whatever was imported is text that a terminal can show, and YAML as far as our own parser is concerned.
void check(const Result<Imported>& imported) {
  if (!imported) {
    if (imported.error().what.empty()) std::abort();
    return;
  }
  const std::string notes = notes_text(imported->notes);
  if (printable(notes, true) != notes) std::abort();
  for (const ImportedBoard& board : imported->boards) {
    const std::string text = board_text(board);
    if (printable(text, true) != text) std::abort();
    Problems problems("fuzz.yaml");
    if (!parse_yaml(text, problems) || !problems.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(import_labgrid(text, "fuzz.yaml"));
  check(import_pdudaemon(text, "fuzz.conf"));
  check(import_lava(text, "fuzz"));
  return 0;
}
