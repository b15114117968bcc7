#include "tests/fakes/fake_serial_bus.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <linux/serial.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <umockdev.h>

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

// Answers with a value that the caller's pointer gets.
template <typename Value>
void answer(UMockdevIoctlClient* client, Value value) {
  UMockdevIoctlData* data =
      umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof value, nullptr);
  umockdev_ioctl_data_update(data, 0, reinterpret_cast<guint8*>(&value), sizeof value);
  g_object_unref(data);
  umockdev_ioctl_client_complete(client, 0, 0);
}

int argument(UMockdevIoctlClient* client) {
  UMockdevIoctlData* data =
      umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(int), nullptr);
  int value = 0;
  std::memcpy(&value, data->data, sizeof value);
  g_object_unref(data);
  return value;
}

// Modem lines, break and line errors, which a pty refuses; all else is done by the pty.
gboolean answer_ioctl(UMockdevIoctlBase*, UMockdevIoctlClient* client, gpointer state) {
  auto& line = *static_cast<FakeLine*>(state);
  switch (umockdev_ioctl_client_get_request(client)) {
    case TIOCMGET:
      answer(client, TIOCM_CTS | TIOCM_DSR | TIOCM_CAR | line.outputs);
      return TRUE;
    case TIOCGICOUNT: {
      if (!line.counts) {
        umockdev_ioctl_client_complete(client, -1, ENOTTY);
        return TRUE;
      }
      serial_icounter_struct counted{};
      counted.overrun = line.overruns;
      counted.frame = line.framing;
      answer(client, counted);
      return TRUE;
    }
    case TIOCMSET:
      line.outputs = argument(client) & (TIOCM_DTR | TIOCM_RTS);
      break;
    case TIOCMBIS:
      line.outputs |= argument(client);
      break;
    case TIOCMBIC:
      line.outputs &= ~argument(client);
      break;
    case TIOCSBRK:
      ++line.breaks;
      break;
    case TIOCCBRK:
      break;
    default: {
      int error = 0;
      const int result = umockdev_ioctl_client_execute(client, &error, nullptr);
      umockdev_ioctl_client_complete(client, result, error);
      return TRUE;
    }
  }
  umockdev_ioctl_client_complete(client, 0, 0);
  return TRUE;
}

void check(gboolean done, GError* error) {
  if (done == FALSE) throw std::runtime_error(error != nullptr ? error->message : "umockdev failed");
}

std::string describe_adapter(const std::string& usb, const std::string& tty, const std::string& minor) {
  const std::string port = usb + "/1-" + minor + ":1.0/" + tty;
  return "P: " + usb + "\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nA: busnum=1\\n\nA: devnum=" + minor +
         "\\n\nA: idVendor=0403\\n\nA: idProduct=6001\\n\nA: product=FT232R USB UART\\n\nA: "
         "serial=A900RIG1\\n\n\n"
         "P: " +
         usb + "/1-" + minor +
         ":1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n\n"
         "P: " +
         port +
         "\nE: SUBSYSTEM=usb-serial\n\n"
         "P: " +
         port + "/tty/" + tty + "\nN: " + tty + "\nE: DEVNAME=/dev/" + tty +
         "\nE: MAJOR=188\nE: MINOR=" + minor + "\nE: SUBSYSTEM=tty\nL: device=../../../" + tty +
         "\nA: dev=188:" + minor + "\\n\n\n";
}

}  // namespace

FakeSerialBus::FakeSerialBus() : testbed_(umockdev_testbed_new()), ioctls_(umockdev_ioctl_base_new()) {
  g_signal_connect(ioctls_, "handle-ioctl", G_CALLBACK(answer_ioctl), &line_);  // NOLINT
}

FakeSerialBus::~FakeSerialBus() {
  while (!adapters_.empty()) unplug(adapters_.begin()->first);
  g_object_unref(ioctls_);
  g_object_unref(testbed_);
}

bool FakeSerialBus::available() {
  const char* preload = std::getenv("LD_PRELOAD");  // NOLINT(concurrency-mt-unsafe)
  return preload != nullptr && std::string_view(preload).find("umockdev-preload") != std::string_view::npos;
}

std::filesystem::path FakeSerialBus::root() const {
  gchar* text = umockdev_testbed_get_root_dir(testbed_);
  const fs::path path(text);
  g_free(text);
  return path;
}

int FakeSerialBus::plug(const std::string& tty, const std::string& id) {
  const std::string minor = tty.substr(tty.find_first_of("0123456789"));
  const std::string usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-" + minor;
  const std::string device = "/dev/" + tty;
  GError* error = nullptr;
  check(umockdev_testbed_add_from_string(testbed_, describe_adapter(usb, tty, minor).c_str(), &error), error);
  check(umockdev_testbed_attach_ioctl(testbed_, device.c_str(), ioctls_, &error), error);
  const fs::path link = root() / "dev/serial/by-id" / id;
  fs::create_directories(link.parent_path());
  fs::create_symlink("../../" + tty, link);
  Adapter adapter{"/sys" + usb, link.native(), Fd(umockdev_testbed_get_dev_fd(testbed_, device.c_str())),
                  Fd(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC))};
  const int far_end = adapter.far_end.get();
  adapters_.emplace(tty, std::move(adapter));
  return far_end;
}

void FakeSerialBus::unplug(const std::string& tty) {
  const auto found = adapters_.find(tty);
  const std::string device = "/dev/" + tty;
  GError* error = nullptr;
  check(umockdev_testbed_detach_ioctl(testbed_, device.c_str(), &error), error);
  umockdev_testbed_remove_device(testbed_, found->second.system_path.c_str());
  std::error_code ignored;
  fs::remove(found->second.link, ignored);
  // umockdev 0.17 leaves its note about the pty behind and stumbles over it when the number is used again.
  if (const char* pty = ::ptsname(found->second.far_end.get());
      pty != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::string note = pty;
    std::replace(note.begin(), note.end(), '/', '_');
    fs::remove(root() / "dev/.ptymap" / note, ignored);
  }
  adapters_.erase(found);
}

}  // namespace rigbisect
