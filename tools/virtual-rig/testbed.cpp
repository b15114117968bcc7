#include "testbed.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>
#include <umockdev.h>

namespace rigbisect::rig {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kTtyUsbMajor = 188;
constexpr std::string_view kUsbBus = "/devices/pci0000:00/0000:00:14.0/usb1/";

struct GErrorOwner {
  GError* error = nullptr;
  GErrorOwner() = default;
  GErrorOwner(const GErrorOwner&) = delete;
  GErrorOwner& operator=(const GErrorOwner&) = delete;
  ~GErrorOwner() { g_clear_error(&error); }
  Error as_error(const std::string& what) const {
    return Error{Errc::io, what + ": " + (error != nullptr ? error->message : "unknown error")};
  }
};

// The state of one plugged adapter, kept alive by its ioctl handler.
struct Port {
  std::shared_ptr<ModemLines> lines;
  std::string terminal;
  std::string node;
};

UMockdevIoctlData* integer_argument(UMockdevIoctlClient* client) {
  return umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(int), nullptr);
}

bool get_lines(UMockdevIoctlClient* client, const ModemLines& lines) {
  g_autoptr(UMockdevIoctlData) data = integer_argument(client);
  if (data == nullptr) return false;
  int value = lines.outputs.load();
  if (lines.peer_present) value |= TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
  std::array<guint8, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  umockdev_ioctl_data_update(data, 0, bytes.data(), static_cast<gint>(bytes.size()));
  return true;
}

bool set_lines(UMockdevIoctlClient* client, gulong request, ModemLines& lines) {
  g_autoptr(UMockdevIoctlData) data = integer_argument(client);
  if (data == nullptr) return false;
  int value = 0;
  std::memcpy(&value, data->data, sizeof value);
  value &= TIOCM_DTR | TIOCM_RTS;
  if (request == TIOCMSET) {
    lines.outputs = value;
  } else if (request == TIOCMBIS) {
    lines.outputs |= value;
  } else {
    lines.outputs &= ~value;
  }
  return true;
}

// What a pty refuses is answered here; everything else the client does on the pty itself.
gboolean on_ioctl(UMockdevIoctlBase* /*base*/, UMockdevIoctlClient* client, gpointer user) {
  Port& port = *static_cast<Port*>(user);
  const gulong request = umockdev_ioctl_client_get_request(client);
  bool ok = true;
  if (!port.lines->plugged) {
    umockdev_ioctl_client_complete(client, -1, EIO);
    return TRUE;
  }
  switch (request) {
    case TIOCMGET:
      ok = get_lines(client, *port.lines);
      break;
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC:
      ok = set_lines(client, request, *port.lines);
      break;
    case TIOCSBRK:
    case TIOCCBRK:
      if (port.lines->on_break) port.lines->on_break(request == TIOCSBRK);
      break;
    case TIOCEXCL:
    case TIOCNXCL:
      // Accepted and without effect. On a tty the mark goes with the last close, on a pty whose other end
      // stays open it would outlive a client that was killed, and keep everybody out. flock is what clients
      // have here.
      break;
    default: {
      int error = 0;
      const int result = umockdev_ioctl_client_execute(client, &error, nullptr);
      umockdev_ioctl_client_complete(client, result, error);
      return TRUE;
    }
  }
  umockdev_ioctl_client_complete(client, ok ? 0 : -1, ok ? 0 : EFAULT);
  return TRUE;
}

void destroy_port(gpointer port, GClosure* /*closure*/) {
  delete static_cast<Port*>(port);
}

// The sysfs entries in umockdev's text form: USB device, its interface, the usb-serial port, the tty.
std::string device_text(const AdapterIdentity& id, unsigned number) {
  const std::string device = fmt::format("{}{}", kUsbBus, id.usb_path);
  const std::string interface = fmt::format("{}/{}:1.0", device, id.usb_path);
  const std::string port = fmt::format("{}/ttyUSB{}", interface, number);
  std::string text = fmt::format(
      "P: {}\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: PRODUCT={}/{}/264\nA: busnum=1\\n\nA: "
      "devnum={}\\n\n"
      "A: idVendor={}\\n\nA: idProduct={}\\n\nA: manufacturer={}\\n\nA: product={}\\n\n",
      device, id.vendor, id.product, id.usb_path.substr(2), id.vendor, id.product, id.manufacturer, id.name);
  if (!id.serial.empty()) text += fmt::format("A: serial={}\\n\n", id.serial);
  text += fmt::format(
      "\nP: {}\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nA: bInterfaceNumber=00\\n\n\n"
      "P: {}\nE: SUBSYSTEM=usb-serial\nA: port_number=0\\n\n\n",
      interface, port);
  return text +
         fmt::format(
             "P: {0}/tty/ttyUSB{1}\nE: DEVNAME=/dev/ttyUSB{1}\nE: MAJOR={2}\nE: MINOR={1}\nE: SUBSYSTEM=tty\n"
             "L: device=../../../ttyUSB{1}\nA: dev={2}:{1}\\n\n\n",
             port, number, kTtyUsbMajor);
}

}  // namespace

Result<std::unique_ptr<Testbed>> Testbed::create(const fs::path& directory) {
  // umockdev makes its directory below TMPDIR, which glib reads once.
  ::setenv("TMPDIR", directory.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  UMockdevTestbed* testbed = umockdev_testbed_new();
  if (testbed == nullptr)
    return Error{Errc::io, "umockdev: cannot make a testbed below " + directory.native()};
  g_autofree gchar* root = umockdev_testbed_get_root_dir(testbed);
  std::error_code error;
  fs::create_directories(fs::path(root) / "dev/serial/by-id", error);
  if (error) return Error{Errc::io, fmt::format("{}: {}", root, error.message())};
  return std::unique_ptr<Testbed>(new Testbed(testbed, root));
}

Testbed::~Testbed() {
  // A node still mounted would stop the removal of the directory. The testbed object itself is not released:
  // clients may still be connected to its thread, and the process ends now.
  for (const std::string& tty : plugged_) ::umount2((root_ / "dev" / tty).c_str(), MNT_DETACH);
}

Result<void> Testbed::make_node(const std::string& tty, const std::string& terminal) {
  const fs::path node = root_ / "dev" / tty;
  const Fd file(::open(node.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.valid()) return errno_error(node.native());
  if (::mount(terminal.c_str(), node.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return errno_error(fmt::format("mounting {} as {}", terminal, node.native()));
  return {};
}

Result<void> Testbed::answer_ioctls(const AdapterIdentity& identity, const std::string& tty,
                                    std::shared_ptr<ModemLines> lines) {
  g_autoptr(UMockdevIoctlBase) handler = umockdev_ioctl_base_new();
  auto port = std::make_unique<Port>();
  port->lines = std::move(lines);
  port->terminal = (root_ / "dev" / tty).native();
  g_signal_connect_data(handler, "handle-ioctl", G_CALLBACK(on_ioctl), port.release(), destroy_port,
                        GConnectFlags{});
  for (const std::string& node : {"/dev/" + tty, "/dev/serial/by-id/" + identity.by_id}) {
    GErrorOwner error;
    if (!umockdev_testbed_attach_ioctl(testbed_, node.c_str(), handler, &error.error))
      return error.as_error(node);
  }
  return {};
}

Result<void> Testbed::plug(const AdapterIdentity& identity, unsigned number, const std::string& terminal,
                           std::shared_ptr<ModemLines> lines) {
  const std::string tty = fmt::format("ttyUSB{}", number);
  if (std::find(plugged_.begin(), plugged_.end(), tty) != plugged_.end())
    return Error{Errc::busy, tty + " is another adapter's name"};
  GErrorOwner error;
  if (!umockdev_testbed_add_from_string(testbed_, device_text(identity, number).c_str(), &error.error))
    return error.as_error("umockdev: " + tty);
  if (auto ok = make_node(tty, terminal); !ok) return ok;
  plugged_.push_back(tty);
  lines->plugged = true;
  if (auto ok = answer_ioctls(identity, tty, std::move(lines)); !ok) return ok;
  std::error_code failed;
  fs::create_symlink("../../" + tty, root_ / "dev/serial/by-id" / identity.by_id, failed);
  if (failed) return Error{Errc::io, fmt::format("{}: {}", identity.by_id, failed.message())};
  return {};
}

void Testbed::unplug(const AdapterIdentity& identity, unsigned number) {
  const std::string tty = fmt::format("ttyUSB{}", number);
  std::error_code ignored;  // whatever is already gone is what we want
  fs::remove(root_ / "dev/serial/by-id" / identity.by_id, ignored);
  for (const std::string& node : {"/dev/" + tty, "/dev/serial/by-id/" + identity.by_id}) {
    GErrorOwner error;
    umockdev_testbed_detach_ioctl(testbed_, node.c_str(), &error.error);
  }
  ::umount2((root_ / "dev" / tty).c_str(), MNT_DETACH);
  fs::remove(root_ / "dev" / tty, ignored);
  fs::remove(root_ / "dev/.node" / tty, ignored);

  const fs::path sys = root_ / "sys";
  fs::remove(sys / "class/tty" / tty, ignored);
  fs::remove(sys / "bus/usb-serial/devices" / tty, ignored);
  fs::remove(sys / "bus/usb/devices" / identity.usb_path, ignored);
  fs::remove(sys / "bus/usb/devices" / (identity.usb_path + ":1.0"), ignored);
  fs::remove(sys / "dev/char" / fmt::format("{}:{}", kTtyUsbMajor, number), ignored);
  fs::remove_all(root_ / fmt::format("sys{}{}", kUsbBus, identity.usb_path), ignored);
  std::erase(plugged_, tty);
}

}  // namespace rigbisect::rig
