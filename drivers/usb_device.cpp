#include "drivers/usb_device.h"

#include <algorithm>
#include <array>

#include <libusb.h>

#include "base/text.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestTransfer = 500ms;
constexpr Duration kClaimRetry = 20ms;

std::string hex4(std::uint16_t value) {
  const std::array<unsigned char, 2> bytes{static_cast<unsigned char>(value >> 8U),
                                           static_cast<unsigned char>(value)};
  return to_hex(bytes);
}

std::string place_of(libusb_device* device) {
  std::array<std::uint8_t, 8> ports{};
  const int depth = libusb_get_port_numbers(device, ports.data(), static_cast<int>(ports.size()));
  std::string place = std::to_string(libusb_get_bus_number(device));
  for (int i = 0; i < depth; ++i) {
    place += (i == 0 ? "-" : ".") + std::to_string(ports[static_cast<std::size_t>(i)]);
  }
  return place;
}

Error usb_error(int number, const std::string& what, const UsbIdentity& identity) {
  const std::string why = what + ": " + libusb_error_name(number);
  switch (number) {
    case LIBUSB_ERROR_ACCESS:
      return Error{Errc::denied,
                   why +
                       ": a udev rule is needed in /etc/udev/rules.d/70-rigbisect.rules: SUBSYSTEM==\"usb\", "
                       "ATTR{idVendor}==\"" +
                       hex4(identity.vendor) + "\", MODE=\"0660\", GROUP=\"plugdev\""};
    case LIBUSB_ERROR_NO_DEVICE:
      return Error{Errc::disconnected, why + ": it was unplugged"};
    case LIBUSB_ERROR_TIMEOUT:
      return Error{Errc::timeout, why};
    case LIBUSB_ERROR_BUSY:
      return Error{Errc::busy, why + ": another program uses it"};
    default:
      return Error{Errc::io, why};
  }
}

struct DeviceList {
  explicit DeviceList(libusb_context* context) { count = libusb_get_device_list(context, &devices); }
  ~DeviceList() {
    if (devices != nullptr) libusb_free_device_list(devices, 1);
  }
  DeviceList(const DeviceList&) = delete;
  DeviceList& operator=(const DeviceList&) = delete;

  libusb_device** devices = nullptr;
  ssize_t count = 0;
};

bool is_wanted(const libusb_device_descriptor& descriptor, const UsbIdentity& identity) {
  return descriptor.idVendor == identity.vendor &&
         std::count(identity.products.begin(), identity.products.end(), descriptor.idProduct) > 0;
}

// The device at the place, or what is wrong there and where such devices are instead.
Result<libusb_device*> find(const DeviceList& list, const UsbIdentity& identity) {
  std::vector<std::string> elsewhere;
  std::string here;
  for (ssize_t i = 0; i < list.count; ++i) {
    libusb_device* device = list.devices[i];
    libusb_device_descriptor descriptor{};
    if (libusb_get_device_descriptor(device, &descriptor) != 0) continue;
    const bool wanted = is_wanted(descriptor, identity);
    const std::string place = place_of(device);
    if (place == identity.place && wanted) return device;
    if (place == identity.place) here = hex4(descriptor.idVendor) + ":" + hex4(descriptor.idProduct);
    if (wanted) elsewhere.push_back(place);
  }
  std::string text =
      here.empty() ? "nothing is plugged in there" : "another device (" + here + ") is plugged in there";
  if (!elsewhere.empty()) text += "; devices of this kind are at " + join(elsewhere, ", ");
  return Error{Errc::not_found, text};
}

Result<void> check_product(libusb_device_handle* handle, const UsbIdentity& identity) {
  if (identity.product_prefix.empty()) return {};
  libusb_device_descriptor descriptor{};
  std::array<unsigned char, 128> text{};
  const int read = libusb_get_device_descriptor(libusb_get_device(handle), &descriptor);
  const int size = read != 0 ? read
                             : libusb_get_string_descriptor_ascii(handle, descriptor.iProduct, text.data(),
                                                                  static_cast<int>(text.size()));
  if (size < 0) return usb_error(size, "cannot read what it is", identity);
  const std::string product(text.begin(), text.begin() + size);
  if (product.starts_with(identity.product_prefix)) return {};
  return Error{Errc::invalid, "it calls itself '" + printable(product) + "', not " + identity.product_prefix +
                                  "...: another device with the same shared USB number"};
}

}  // namespace

void UsbDevice::ContextCloser::operator()(libusb_context* context) const {
  libusb_exit(context);
}

void UsbDevice::HandleCloser::operator()(libusb_device_handle* handle) const {
  libusb_release_interface(handle, 0);
  libusb_close(handle);
}

UsbDevice::UsbDevice(UsbDevice&&) noexcept = default;
UsbDevice& UsbDevice::operator=(UsbDevice&&) noexcept = default;
UsbDevice::~UsbDevice() = default;

Result<UsbDevice> UsbDevice::open(const UsbIdentity& identity, Clock& clock, Deadline deadline,
                                  std::stop_token stop) {
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
  UsbDevice device;
  libusb_context* context = nullptr;
  if (const int failed = libusb_init(&context); failed != 0) return usb_error(failed, "libusb", identity);
  device.context_.reset(context);
  const DeviceList list(context);
  const auto found = find(list, identity);
  if (!found) return found.error();
  libusb_device_handle* handle = nullptr;
  if (const int failed = libusb_open(*found, &handle); failed != 0) {
    return usb_error(failed, "cannot open it", identity);
  }
  device.handle_.reset(handle);
  if (auto checked = check_product(handle, identity); !checked) return checked.error();
  libusb_device_descriptor descriptor{};
  libusb_get_device_descriptor(*found, &descriptor);
  device.product_ = descriptor.idProduct;
  if (!identity.claim) return device;
  libusb_set_auto_detach_kernel_driver(handle, 1);
  for (;;) {
    const int failed = libusb_claim_interface(handle, 0);
    if (failed == 0) return device;
    if (failed != LIBUSB_ERROR_BUSY || clock.now() >= deadline)
      return usb_error(failed, "cannot claim it", identity);
    if (!clock.sleep_until(clock.now() + kClaimRetry, stop)) return Error{Errc::cancelled, "stopped"};
  }
}

Result<void> UsbDevice::transfer(const Setup& setup, std::span<std::uint8_t> data, Deadline deadline) {
  const Duration left = deadline - std::chrono::steady_clock::now();
  const auto time =
      std::chrono::ceil<std::chrono::milliseconds>(std::clamp<Duration>(left, 1ms, kLongestTransfer));
  const int done =
      libusb_control_transfer(handle_.get(), setup.type, setup.request, setup.value, setup.index, data.data(),
                              static_cast<std::uint16_t>(data.size()), static_cast<unsigned>(time.count()));
  if (done < 0) return usb_error(done, "the transfer failed", {});
  if (static_cast<std::size_t>(done) == data.size()) return {};
  return Error{Errc::protocol, "only " + std::to_string(done) + " of " + std::to_string(data.size()) +
                                   " bytes were transferred"};
}

Result<void> UsbDevice::send(const Setup& setup, std::span<const std::uint8_t> data, Deadline deadline) {
  std::vector<std::uint8_t> copy(data.begin(), data.end());
  return transfer(setup, copy, deadline);
}

Result<std::vector<std::uint8_t>> UsbDevice::receive(const Setup& setup, std::size_t size,
                                                     Deadline deadline) {
  std::vector<std::uint8_t> data(size);
  if (auto done = transfer(setup, data, deadline); !done) return done.error();
  return data;
}

}  // namespace rigbisect
