#include "drivers/boot/sd_mux.h"

#include <cerrno>
#include <memory>
#include <string>

#include <fcntl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>

#include "base/text.h"
#include "os/fd.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::uint8_t kVendorCommand = 0xcf, kI2cWriteRead = 0x22, kI2cWrite = 0x23;
constexpr std::uint8_t kOutputRegister = 1, kDirectionRegister = 3;
constexpr unsigned kTransferMs = 3000;
constexpr Duration kDischarge = std::chrono::seconds(1);

// How the expander's pins are wired: PCA9536 in the classic model, TCA6408 in the Fast.
struct Pins {
  std::uint8_t address, data_off, power_off, to_board, card_removed;
  std::uint8_t all() const { return data_off | power_off | to_board | card_removed; }
};
constexpr Pins kClassic{0x41, 0x01, 0x02, 0x04, 0x08};
constexpr Pins kFast{0x20, 0x04, 0x02, 0x01, 0x08};

const Pins& pins_of(SdMux::Model model) {
  return model == SdMux::Model::fast ? kFast : kClassic;
}

Result<SdMux::Model> model_of(const fs::path& device) {
  std::error_code error;
  const fs::path name = fs::canonical(device, error).filename();
  const auto text = read_file(fs::path("/sys/class/scsi_generic") / name / "device/model", 64);
  const std::string model = text ? std::string(trim(*text)) : "";
  if (model.starts_with("sdmux")) return SdMux::Model::classic;
  if (model.starts_with("sdFST")) return SdMux::Model::fast;
  return Error{Errc::invalid, printable(device.native()) + " is no USB-SD-Mux" +
                                  (model.empty() ? "" : ": it calls itself '" + printable(model) + "'")};
}

Result<void> sg_io(int fd, const SdMux::Command& command, SdMux::Block& data, bool to_device) {
  SdMux::Command sent = command;  // the ioctl takes pointers that are not const
  std::array<unsigned char, 64> sense{};
  sg_io_hdr header{};
  header.interface_id = 'S';
  header.dxfer_direction = to_device ? SG_DXFER_TO_DEV : SG_DXFER_FROM_DEV;
  header.cmd_len = sent.size();
  header.mx_sb_len = sense.size();
  header.dxfer_len = static_cast<unsigned>(data.size());
  header.dxferp = data.data();
  header.cmdp = sent.data();
  header.sbp = sense.data();
  header.timeout = kTransferMs;
  if (::ioctl(fd, SG_IO, &header) != 0) return errno_error("SCSI command");
  if (header.status == 0 && header.host_status == 0 && (header.driver_status & 0x0fU) == 0) return {};
  return Error{Errc::io, "the SCSI command failed (status " + std::to_string(header.status) + ", host " +
                             std::to_string(header.host_status) + ")"};
}

}  // namespace

Result<SdMux> SdMux::open(const fs::path& device) {
  auto fd = std::make_shared<Fd>(::open(device.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd->valid()) {
    Error error = errno_error(printable(device.native()));
    if (error.code == Errc::denied)
      error.what += " (the udev rules in firmware-host/udev give it to dialout)";
    return error;
  }
  const auto model = model_of(device);
  if (!model) return model.error();
  return SdMux(*model, [fd](const Command& command, Block& data, bool to_device) {
    return sg_io(fd->get(), command, data, to_device);
  });
}

Result<void> SdMux::connect(Side side, Clock& clock, std::stop_token stop) {
  const Pins& pins = pins_of(model_);
  const std::uint8_t select = side == Side::board ? pins.to_board : std::uint8_t{0};
  const std::uint8_t off = pins.data_off | pins.power_off | pins.card_removed;
  // For the board the reader is told that the card is gone.
  const std::uint8_t connected = side == Side::board ? select | pins.card_removed : 0;
  if (auto done = write_register(kOutputRegister, off); !done) return done;
  if (auto done = write_register(kDirectionRegister, static_cast<std::uint8_t>(~pins.all())); !done)
    return done;
  if (!clock.sleep_until(clock.now() + kDischarge, stop))
    return Error{Errc::cancelled, "USB-SD-Mux: stopped"};
  // The selection first, so that power and data do not glitch.
  if (auto done = write_register(kOutputRegister, off | select); !done) return done;
  if (auto done = write_register(kOutputRegister, connected); !done) return done;
  const auto now = read_register(kOutputRegister);
  if (!now) return now.error();
  if ((*now & pins.all()) == connected) return {};
  return Error{Errc::protocol, "USB-SD-Mux: it was switched and reads back otherwise (" +
                                   to_hex(std::array<unsigned char, 1>{*now}) + " instead of " +
                                   to_hex(std::array<unsigned char, 1>{connected}) + ")"};
}

Result<void> SdMux::write_register(std::uint8_t address, std::uint8_t value) {
  Block data{};
  data[0] = address;
  data[1] = value;
  Command command{
      kVendorCommand, kI2cWrite, static_cast<std::uint8_t>(pins_of(model_).address << 1U), 0, 0, 2};
  if (auto done = transfer_(command, data, true); !done) return done.error().within("USB-SD-Mux");
  return {};
}

Result<std::uint8_t> SdMux::read_register(std::uint8_t address) {
  Block data{};
  const auto slave = static_cast<std::uint8_t>(pins_of(model_).address << 1U);
  const Command command{kVendorCommand, kI2cWriteRead, slave, static_cast<std::uint8_t>(slave + 1), 0, 1, 1,
                        address};
  if (auto done = transfer_(command, data, false); !done) return done.error().within("USB-SD-Mux");
  return data[0];
}

}  // namespace rigbisect
