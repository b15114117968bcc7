#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "device/line_errors.h"

// The serial port behind a telnet server as RFC 2217 talks of it, without a socket: what to ask for, and what
// the server's notifications mean. Any bytes may be fed.
namespace rigbisect {

struct ComPortSettings {
  std::uint32_t baud = 115200;
  std::uint8_t data_bits = 8;
  std::uint8_t parity = 1;        // 1 none, 2 odd, 3 even
  std::uint8_t stop_bits = 1;     // 1, 2
  std::uint8_t flow_control = 1;  // 1 none, 2 XON/XOFF, 3 RTS/CTS
};

class ComPort {
 public:
  explicit ComPort(const ComPortSettings& wanted) : wanted_(wanted) {}

  // Telnet messages that ask for the settings and for news of line errors and modem lines.
  std::string requests() const;
  // One that begins or ends a break.
  static std::string set_break(bool on);

  // The content of a telnet message of the COM port option, without the option's byte.
  void take(std::string_view content);

  // Whether the server confirmed speed and framing. Error (invalid): it set something else.
  Result<bool> confirmed() const;

  // Counted since the beginning; nullopt if the server never said that it reports them.
  std::optional<LineErrors> line_errors() const;
  // Whether the machine drives CTS, DSR or DCD, as the server said last; nullopt if it never did.
  std::optional<bool> lines_driven() const { return lines_driven_; }

 private:
  Result<bool> agree(const char* what, std::uint32_t wanted, std::optional<std::uint32_t> set) const;

  ComPortSettings wanted_;
  std::optional<std::uint32_t> baud_, data_bits_, parity_, stop_bits_;  // as the server says
  bool reports_ = false;
  std::optional<bool> lines_driven_;
  LineErrors errors_;
};

}  // namespace rigbisect
