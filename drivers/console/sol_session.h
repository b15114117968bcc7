#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// What ipmitool's `sol activate` says and hears besides the console's bytes.
namespace rigbisect {

// A character that starts ipmitool's own commands at the begin of a line; nobody types it.
inline constexpr char kSolEscape = '\x1e';

// Where the console's bytes begin in what it printed so far; nullopt: the session is not there yet.
std::optional<std::size_t> sol_data_begin(std::string_view printed);

// Why there is no session, from all it printed. Errc::busy: somebody else has the console, and only then.
Error explain_sol_failure(std::string_view output);

// Keeps ipmitool from taking what is typed for its own commands.
class SolEncoder {
 public:
  std::string encode(std::string_view typed);
  // ipmitool's command for a break, or nullopt in the middle of a line, where it takes none.
  std::optional<std::string> break_command() const;

 private:
  bool at_line_start_ = true;
};

}  // namespace rigbisect
