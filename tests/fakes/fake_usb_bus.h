#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

typedef struct _UMockdevTestbed UMockdevTestbed;
typedef struct _UMockdevIoctlBase UMockdevIoctlBase;

namespace rigbisect {

// A control transfer as the device sees it.
struct UsbTransfer {
  std::uint8_t type;
  std::uint8_t request;
  std::uint16_t value;
  std::uint16_t index;
  std::vector<std::uint8_t> data;  // what came, or as many bytes as are wanted
};

// The bytes of the answer, or for what came any; nullptr: it stalls.
using UsbAnswer = std::function<std::unique_ptr<std::vector<std::uint8_t>>(const UsbTransfer&)>;

// USB devices on ports of bus 1, for unmodified libusb: a umockdev testbed that answers usbdevfs. Works only
// in a program started with LD_PRELOAD=libumockdev-preload.so.0, as ctest does.
class FakeUsbBus {
 public:
  FakeUsbBus();
  ~FakeUsbBus();
  FakeUsbBus(const FakeUsbBus&) = delete;
  FakeUsbBus& operator=(const FakeUsbBus&) = delete;

  static bool available();

  // A device appears as 1-<port>; "" has no product string.
  void plug(int port, std::uint16_t vendor, std::uint16_t product, const std::string& name, UsbAnswer answer);
  void unplug(int port);

  // A hub 1-<port> in sysfs with the file 1-<port>:1.0/1-<port>-port<n>/disable for each port.
  void plug_hub(int port, int ports);
  std::string hub_file(int port, int number) const;

 private:
  struct Device;
  UMockdevTestbed* testbed_;
  std::map<int, std::unique_ptr<Device>> devices_;
};

}  // namespace rigbisect
