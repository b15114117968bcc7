#pragma once

#include <string>
#include <string_view>
#include <vector>

// Which source file to look at first.
namespace rigbisect {

// The file of the first symbolised position in a report ("drivers/misc/ring.c:123") that is not part of the
// machinery under everything; "" if the report has no positions. `title` tells stalls from the rest.
std::string guilty_file(std::string_view title, std::string_view report);

// All files of such positions, in the order of the report, each once.
std::vector<std::string> files_in_trace(std::string_view report);

}  // namespace rigbisect
