#include "tests/fakes/fake_usb_bus.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string_view>

#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <umockdev.h>

namespace rigbisect {

struct FakeUsbBus::Device {
  UMockdevIoctlBase* ioctls = nullptr;
  std::string system_path;
  std::string node;
  std::string name;
  std::vector<std::uint8_t> descriptor;
  UsbAnswer answer;
  std::deque<gulong> finished;  // addresses of URBs in the client
};

namespace {

using Bytes = std::unique_ptr<std::vector<std::uint8_t>>;

void check(gboolean done, GError* error) {
  if (done == FALSE) throw std::runtime_error(error != nullptr ? error->message : "umockdev failed");
}

std::string two(unsigned value) {
  char text[3];
  std::snprintf(text, sizeof text, "%02x", value & 0xffU);
  return text;
}

// Device descriptor, then one configuration with one HID interface and an interrupt endpoint.
std::string descriptors(std::uint16_t vendor, std::uint16_t product, bool named) {
  return "1201100100000008" + two(vendor) + two(vendor >> 8U) + two(product) + two(product >> 8U) + "000100" +
         (named ? "02" : "00") + "0001" +
         "0902220001010080320904000001030000000921010100012216000705810308001400";
}

Bytes string_descriptor(const std::string& text) {
  auto bytes = std::make_unique<std::vector<std::uint8_t>>();
  bytes->push_back(static_cast<std::uint8_t>(2 + 2 * text.size()));
  bytes->push_back(3);
  for (const char c : text) {
    bytes->push_back(static_cast<std::uint8_t>(c));
    bytes->push_back(0);
  }
  return bytes;
}

Bytes standard_answer(const UsbTransfer& transfer, const std::string& name) {
  if (transfer.type != 0x80 || transfer.request != 6 || transfer.value >> 8U != 3) return nullptr;
  if ((transfer.value & 0xffU) == 0)
    return std::make_unique<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{4, 3, 9, 4});
  return name.empty() ? nullptr : string_descriptor(name);
}

}  // namespace

namespace {

struct Urb {
  UMockdevIoctlData* data;
  usbdevfs_urb* urb;
};

// Returns the URB's status.
int run_urb(const std::string& name, const UsbAnswer& answer, const Urb& submitted, int& length) {
  const auto* urb = submitted.urb;
  UMockdevIoctlData* buffer = umockdev_ioctl_data_resolve(submitted.data, offsetof(usbdevfs_urb, buffer),
                                                          static_cast<gsize>(urb->buffer_length), nullptr);
  if (buffer == nullptr || urb->type != USBDEVFS_URB_TYPE_CONTROL || urb->buffer_length < 8) return -EPIPE;
  const std::uint8_t* s = buffer->data;
  UsbTransfer transfer{s[0],
                       s[1],
                       static_cast<std::uint16_t>(s[2] | s[3] << 8),
                       static_cast<std::uint16_t>(s[4] | s[5] << 8),
                       {}};
  transfer.data.assign(s + 8, s + urb->buffer_length);
  Bytes bytes = standard_answer(transfer, name);
  if (bytes == nullptr) bytes = answer(transfer);
  if (bytes == nullptr) {
    g_object_unref(buffer);
    return -EPIPE;
  }
  const bool in = (transfer.type & 0x80U) != 0;
  length = static_cast<int>(in ? std::min(bytes->size(), transfer.data.size()) : transfer.data.size());
  if (in && length > 0) umockdev_ioctl_data_update(buffer, 8, bytes->data(), length);
  g_object_unref(buffer);
  return 0;
}

void set_int(UMockdevIoctlData* data, std::size_t at, int value) {
  umockdev_ioctl_data_update(data, at, reinterpret_cast<guint8*>(&value), sizeof value);
}

// What usbdevfs does for libusb. Fields of a finished URB go back with SUBMITURB, so that REAPURB needs its
// address only.
template <typename Device>
int answer_usbdevfs(Device& device, gulong request, UMockdevIoctlData* data) {
  switch (request) {
    case USBDEVFS_GET_CAPABILITIES:
      set_int(
          data, 0,
          USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT);
      return 0;
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_RELEASEINTERFACE:
    case USBDEVFS_DISCONNECT_CLAIM:
    case USBDEVFS_SETINTERFACE:
      return 0;
    case USBDEVFS_GETDRIVER:
    case USBDEVFS_IOCTL:
      return ENODATA;
    case USBDEVFS_SUBMITURB: {
      int length = 0;
      const int status =
          run_urb(device.name, device.answer, {data, reinterpret_cast<usbdevfs_urb*>(data->data)}, length);
      set_int(data, offsetof(usbdevfs_urb, status), status);
      set_int(data, offsetof(usbdevfs_urb, actual_length), length);
      device.finished.push_back(data->client_addr);
      return 0;
    }
    case USBDEVFS_REAPURB:
    case USBDEVFS_REAPURBNDELAY: {
      if (device.finished.empty()) return EAGAIN;
      gulong address = device.finished.front();
      device.finished.pop_front();
      umockdev_ioctl_data_update(data, 0, reinterpret_cast<guint8*>(&address), sizeof address);
      return 0;
    }
    case USBDEVFS_DISCARDURB:
      return EINVAL;
    default:
      return ENOTTY;
  }
}

template <typename Device>
gboolean on_ioctl(UMockdevIoctlBase*, UMockdevIoctlClient* client, gpointer self) {
  const gulong request = umockdev_ioctl_client_get_request(client);
  const gsize size = _IOC_SIZE(request);
  UMockdevIoctlData* data = nullptr;
  if (size > 0 && request != USBDEVFS_DISCARDURB) {
    data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, size, nullptr);
  }
  const int number = size > 0 && request != USBDEVFS_DISCARDURB && data == nullptr
                         ? EFAULT
                         : answer_usbdevfs(*static_cast<Device*>(self), request, data);
  if (data != nullptr) g_object_unref(data);
  umockdev_ioctl_client_complete(client, number == 0 ? 0 : -1, number);
  return TRUE;
}

}  // namespace

FakeUsbBus::FakeUsbBus() : testbed_(umockdev_testbed_new()) {
  GError* error = nullptr;
  check(
      umockdev_testbed_add_from_string(
          testbed_,
          "P: /devices/pci0000:00/0000:00:14.0/usb1\nN: bus/usb/001/001\nE: BUSNUM=001\nE: "
          "DEVNAME=/dev/bus/usb/001/001\nE: DEVNUM=001\nE: DEVTYPE=usb_device\nE: MAJOR=189\nE: MINOR=0\nE: "
          "SUBSYSTEM=usb\nA: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=1\\n\nA: "
          "idVendor=1d6b\\n\nA: "
          "idProduct=0002\\n\nA: speed=480\\n\nH: "
          "descriptors="
          "12010002090001406B1D020001060302010109021900010100E0000904000001090000000705810304000C\n\n",
          &error),
      error);
}

FakeUsbBus::~FakeUsbBus() {
  while (!devices_.empty()) unplug(devices_.begin()->first);
  g_object_unref(testbed_);
}

bool FakeUsbBus::available() {
  const char* preload = std::getenv("LD_PRELOAD");  // NOLINT(concurrency-mt-unsafe)
  return preload != nullptr && std::string_view(preload).find("umockdev-preload") != std::string_view::npos;
}

void FakeUsbBus::plug(int port, std::uint16_t vendor, std::uint16_t product, const std::string& name,
                      UsbAnswer answer) {
  auto device = std::make_unique<Device>();
  const std::string p = std::to_string(port);
  const std::string number = two(static_cast<unsigned>(port + 1));
  device->system_path = "/devices/pci0000:00/0000:00:14.0/usb1/1-" + p;
  device->node = "/dev/bus/usb/001/0" + number;
  device->name = name;
  device->answer = std::move(answer);
  const std::string text =
      "P: " + device->system_path + "\nN: bus/usb/001/0" + number +
      "\nE: BUSNUM=001\nE: DEVNAME=" + device->node + "\nE: DEVNUM=0" + number +
      "\nE: DEVTYPE=usb_device\nE: MAJOR=189\nE: MINOR=" + p +
      "\nE: SUBSYSTEM=usb\nA: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=" +
      std::to_string(port + 1) + "\\n\nA: devpath=" + p + "\\n\nA: idVendor=" + two(vendor >> 8U) +
      two(vendor) + "\\n\nA: idProduct=" + two(product >> 8U) + two(product) +
      "\\n\nA: speed=1.5\\n\nH: descriptors=" + descriptors(vendor, product, !name.empty()) + "\n\n";
  GError* error = nullptr;
  check(umockdev_testbed_add_from_string(testbed_, text.c_str(), &error), error);
  device->ioctls = umockdev_ioctl_base_new();
  g_signal_connect(device->ioctls, "handle-ioctl", G_CALLBACK(on_ioctl<Device>), device.get());  // NOLINT
  check(umockdev_testbed_attach_ioctl(testbed_, device->node.c_str(), device->ioctls, &error), error);
  devices_[port] = std::move(device);
}

void FakeUsbBus::unplug(int port) {
  const auto found = devices_.find(port);
  Device& device = *found->second;
  GError* error = nullptr;
  if (device.ioctls != nullptr) {
    check(umockdev_testbed_detach_ioctl(testbed_, device.node.c_str(), &error), error);
    g_object_unref(device.ioctls);
  }
  umockdev_testbed_remove_device(testbed_, ("/sys" + device.system_path).c_str());
  devices_.erase(found);
}

void FakeUsbBus::plug_hub(int port, int ports) {
  auto device = std::make_unique<Device>();
  const std::string hub = "1-" + std::to_string(port);
  device->system_path = "/devices/pci0000:00/0000:00:14.0/usb1/" + hub;
  std::string text =
      "P: " + device->system_path +
      "\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nA: idVendor=05e3\\n\n\nP: " + device->system_path + "/" +
      hub + ":1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n";
  for (int number = 1; number <= ports; ++number) {
    text += "A: " + hub + "-port" + std::to_string(number) + "/disable=0\\n\n";
  }
  GError* error = nullptr;
  check(umockdev_testbed_add_from_string(testbed_, (text + "\n").c_str(), &error), error);
  devices_[port] = std::move(device);
}

std::string FakeUsbBus::hub_file(int port, int number) const {
  const std::string hub = "1-" + std::to_string(port);
  return "/sys/bus/usb/devices/" + hub + ":1.0/" + hub + "-port" + std::to_string(number) + "/disable";
}

}  // namespace rigbisect
