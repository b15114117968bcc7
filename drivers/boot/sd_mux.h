#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

// The USB-SD-Mux of Linux Automation: a card that this machine or the board can reach, switched by an I2C
// port expander behind the card reader, which takes I2C transfers as vendor commands over SCSI.
//
// Source: usbsdmux 0.2.1 (usb2642i2c.py, pca9536.py, usbsdmux.py) and later (Fast model); Microchip
// I2C_Over_USB_UserGuide 50002283A p. 20. One exchange: cf23 8200 0002 00.. with data 01 0b (output register:
// both sides off).
namespace rigbisect {

class SdMux {
 public:
  enum class Model { classic, fast };
  enum class Side { host, board };

  using Command = std::array<std::uint8_t, 16>;
  using Block = std::array<std::uint8_t, 512>;
  // One SCSI command with its data; an Error if the device did not do it.
  using Transfer = std::function<Result<void>(const Command&, Block& data, bool to_device)>;

  // Its scsi_generic device, "/dev/usb-sd-mux/id-00012.00345" or "/dev/sg2". Errors: not_found, denied,
  // invalid (something else is there).
  static Result<SdMux> open(const std::filesystem::path& device);

  SdMux(Model model, Transfer transfer) : model_(model), transfer_(std::move(transfer)) {}

  // Disconnects the card from both sides for a second, so that it loses its supply, connects it to one and
  // reads that back. Errors: io, protocol (it reads back otherwise), cancelled: it is disconnected then.
  Result<void> connect(Side side, Clock& clock, std::stop_token stop);

 private:
  Result<void> write_register(std::uint8_t address, std::uint8_t value);
  Result<std::uint8_t> read_register(std::uint8_t address);

  Model model_;
  Transfer transfer_;
};

}  // namespace rigbisect
