#include "drivers/console/com_port.h"

#include "drivers/console/telnet_codec.h"

namespace rigbisect {
namespace {

// Commands of a client; a server answers and notifies with 100 more (RFC 2217, section 3).
constexpr std::uint8_t kSetBaud = 1, kSetDataBits = 2, kSetParity = 3, kSetStopBits = 4, kSetControl = 5,
                       kNotifyLineState = 6, kNotifyModemState = 7, kSetLineStateMask = 10,
                       kSetModemStateMask = 11;
constexpr std::uint8_t kFromServer = 100;
constexpr std::uint8_t kBreakOn = 5, kBreakOff = 6;
constexpr std::uint8_t kClearToSend = 16, kDataSetReady = 32, kCarrier = 128;
constexpr std::uint8_t kMachineDrives = kClearToSend | kDataSetReady | kCarrier;
constexpr std::uint8_t kOverrun = 2, kParityError = 4, kFramingError = 8, kBreakDetected = 16;

std::string message(std::uint8_t command, std::string_view value) {
  return telnet_message(TelnetOption::com_port, std::string(1, static_cast<char>(command)).append(value));
}

std::string message(std::uint8_t command, std::uint8_t value) {
  return message(command, std::string(1, static_cast<char>(value)));
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

std::optional<std::uint32_t> number(std::string_view bytes, std::size_t size) {
  if (bytes.size() != size) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

std::string ComPort::requests() const {
  return message(kSetBaud, big_endian(wanted_.baud)) + message(kSetDataBits, wanted_.data_bits) +
         message(kSetParity, wanted_.parity) + message(kSetStopBits, wanted_.stop_bits) +
         message(kSetControl, wanted_.flow_control) +
         message(kSetLineStateMask, std::uint8_t{kOverrun | kParityError | kFramingError | kBreakDetected}) +
         message(kSetModemStateMask, kMachineDrives);
}

std::string ComPort::set_break(bool on) {
  return message(kSetControl, on ? kBreakOn : kBreakOff);
}

void ComPort::take(std::string_view content) {
  if (content.empty()) return;
  const auto command = static_cast<std::uint8_t>(content.front());
  content.remove_prefix(1);
  const auto value = number(content, command == kFromServer + kSetBaud ? 4 : 1);
  if (!value) return;
  switch (command) {
    case kFromServer + kSetBaud:
      baud_ = value;
      break;
    case kFromServer + kSetDataBits:
      data_bits_ = value;
      break;
    case kFromServer + kSetParity:
      parity_ = value;
      break;
    case kFromServer + kSetStopBits:
      stop_bits_ = value;
      break;
    case kFromServer + kSetLineStateMask:
      reports_ = *value != 0;
      break;
    case kFromServer + kNotifyLineState:
      reports_ = true;
      errors_ += {.overruns = (*value & kOverrun) != 0,
                  .framing = (*value & kFramingError) != 0,
                  .parity = (*value & kParityError) != 0,
                  .breaks = (*value & kBreakDetected) != 0};
      break;
    case kFromServer + kNotifyModemState:
      lines_driven_ = (*value & kMachineDrives) != 0;
      break;
    default:
      break;
  }
}

Result<bool> ComPort::agree(const char* what, std::uint32_t wanted, std::optional<std::uint32_t> set) const {
  if (!set) return false;
  if (*set == wanted) return true;
  return Error{Errc::invalid, "the server was asked for " + std::string(what) + " " + std::to_string(wanted) +
                                  " and set " + std::to_string(*set) +
                                  ": can its port do that, and is nobody else using it?"};
}

Result<bool> ComPort::confirmed() const {
  const Result<bool> parts[] = {
      agree("baud", wanted_.baud, baud_), agree("data bits", wanted_.data_bits, data_bits_),
      agree("parity", wanted_.parity, parity_), agree("stop bits", wanted_.stop_bits, stop_bits_)};
  bool all = true;
  for (const Result<bool>& part : parts) {
    if (!part) return part;
    all = all && *part;
  }
  return all;
}

std::optional<LineErrors> ComPort::line_errors() const {
  return reports_ ? std::optional(errors_) : std::nullopt;
}

}  // namespace rigbisect
