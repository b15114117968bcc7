#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "config/board.h"
#include "tests/config/fake_drivers.h"

// Any bytes as a board file: either a board whose parts keep their promises, or an error of bounded size that
// a terminal can show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rigbisect::DriverTable drivers = rigbisect::fake_drivers();
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto board = rigbisect::parse_board(yaml, "fuzz.yaml", drivers);
  if (!board) {
    const std::string& what = board.error().what;
    const bool safe = rigbisect::printable(what, true) == what;
    if (!safe || what.empty() || what.size() > 64 * 1024) std::abort();
    return 0;
  }
  if (board->name.empty() || board->name.size() > 63 || board->power.driver.empty()) std::abort();
  if (board->boot.options.text("mac").size() != 17) std::abort();
  if (board->console.options.integer("baud") == 0 && board->console.options.text("baud") != "0") std::abort();
  if (!board->console.options.text("port").starts_with('/')) std::abort();
  return 0;
}
