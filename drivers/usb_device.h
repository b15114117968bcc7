#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct libusb_context;
struct libusb_device_handle;

// A USB device of this machine for control transfers, through libusb. It is named by where it is plugged in,
// because many relays of one make share vendor, product and serial number; what it says of itself is checked.
namespace rigbisect {

struct UsbIdentity {
  std::string place;  // bus and ports as in sysfs: "1-1.4"
  std::uint16_t vendor = 0;
  std::vector<std::uint16_t> products;
  std::string product_prefix;  // of its product string; empty: any
  bool claim = false;          // its interface 0, taken from a kernel driver for the time being
};

class UsbDevice {
 public:
  // Waits for another program to let go of a claimed interface until `deadline`. Errors: not_found (with what
  // is plugged in there instead), denied (with the udev rule that mends it), busy, io.
  static Result<UsbDevice> open(const UsbIdentity& identity, Clock& clock, Deadline deadline,
                                std::stop_token stop);

  UsbDevice(UsbDevice&&) noexcept;
  UsbDevice& operator=(UsbDevice&&) noexcept;
  ~UsbDevice();

  struct Setup {
    std::uint8_t type = 0;
    std::uint8_t request = 0;
    std::uint16_t value = 0;
    std::uint16_t index = 0;
  };
  // One transfer each; all bytes or an error. Blocks for half a second at most, less if `deadline` is nearer.
  Result<void> send(const Setup& setup, std::span<const std::uint8_t> data, Deadline deadline);
  Result<std::vector<std::uint8_t>> receive(const Setup& setup, std::size_t size, Deadline deadline);

  std::uint16_t product() const { return product_; }

 private:
  UsbDevice() = default;
  Result<void> transfer(const Setup& setup, std::span<std::uint8_t> data, Deadline deadline);

  struct ContextCloser {
    void operator()(libusb_context* context) const;
  };
  struct HandleCloser {
    void operator()(libusb_device_handle* handle) const;
  };
  std::unique_ptr<libusb_context, ContextCloser> context_;
  std::unique_ptr<libusb_device_handle, HandleCloser> handle_;
  std::uint16_t product_ = 0;
};

}  // namespace rigbisect
