#include "drivers/console/sol_session.h"

#include "drivers/ipmi_bmc.h"

namespace rigbisect {

std::optional<std::size_t> sol_data_begin(std::string_view printed) {
  const auto banner = printed.find("[SOL Session operational");
  if (banner == std::string_view::npos) return std::nullopt;
  const auto end = printed.find('\n', banner);
  return end == std::string_view::npos ? std::nullopt : std::optional(end + 1);
}

Error explain_sol_failure(std::string_view output) {
  const auto says = [&](std::string_view sign) { return output.find(sign) != std::string_view::npos; };
  if (says("SOL payload already active")) {
    return Error{Errc::busy, "another session has the BMC's console (SOL)"};
  }
  if (says("SOL payload disabled")) {
    return Error{Errc::invalid, "serial over LAN is switched off in the BMC: ipmitool sol set enabled true"};
  }
  if (says("SOL session limit") || says("SOL parameter error") ||
      says("cannot be activated with encryption") || says("cannot be activated without encryption")) {
    return Error{Errc::invalid,
                 "the BMC refuses a session of this kind: check its SOL settings (ipmitool sol info)"};
  }
  int completion_code = 0;
  Error error = explain_ipmi_failure(output, completion_code);
  if (error.code == Errc::busy) error.code = Errc::disconnected;
  return error;
}

// ipmitool 1.8.19, lib/ipmi_sol.c processSolUserInput(): an escape at the begin of a line is a command;
// doubled it is itself, and the next character is at the begin of a line still.
std::string SolEncoder::encode(std::string_view typed) {
  std::string out;
  for (const char c : typed) {
    out += c;
    if (at_line_start_ && c == kSolEscape) out += c;
    at_line_start_ = c == '\r' || c == '\n';
  }
  return out;
}

std::optional<std::string> SolEncoder::break_command() const {
  return at_line_start_ ? std::optional(std::string{kSolEscape, 'B'}) : std::nullopt;
}

}  // namespace rigbisect
