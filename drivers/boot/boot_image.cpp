#include "drivers/boot/boot_image.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMiB = 1U << 20;
constexpr std::uintmax_t kSectorSize = 512;
constexpr std::uintmax_t kPartitionStart = kMiB;
constexpr std::uintmax_t kSmallestFat32 = 40 * kMiB;  // FAT32 needs 65525 clusters
constexpr std::uintmax_t kSlack = 4 * kMiB;           // FATs, directories, GRUB
constexpr std::size_t kBootCode = 440;
constexpr std::size_t kLongestCommandLine = 2047;  // COMMAND_LINE_SIZE of x86
const char* const kGrubHome = "/usr/lib/grub";

// The UART that the kernel is told to use, so that GRUB's own messages come there too:
// console=ttyS0,115200n8.
std::string serial_lines(std::string_view command_line) {
  constexpr std::string_view option = "console=ttyS";
  const std::size_t at = command_line.rfind(option);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = command_line.substr(at + option.size());
  unsigned unit = 0;
  unsigned baud = 9600;  // the kernel's default
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), unit);
  if (error != std::errc{}) return {};
  const char* const last = rest.data() + rest.size();
  if (end != last && *end == ',') std::from_chars(end + 1, last, baud);
  return "serial --unit=" + std::to_string(unit) + " --speed=" + std::to_string(baud) +
         "\nterminal_output console serial\n";
}

// Runs the tools of one build.
class Builder {
 public:
  Builder(const ImageJob& job, Clock& clock, Deadline deadline, std::stop_token stop)
      : job_(job),
        clock_(clock),
        deadline_(deadline),
        stop_(std::move(stop)),
        home_(job.image.parent_path()) {}

  Result<void> build() {
    for (auto step : {&Builder::write_config, &Builder::make_disk, &Builder::make_bios_loader,
                      &Builder::make_efi_loader, &Builder::make_file_system, &Builder::write_first_sectors}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  bool bios() const { return job_.firmware != Firmware::uefi; }
  bool uefi() const { return job_.firmware != Firmware::bios; }

  Result<void> write_config() {
    auto config = grub_config(job_.intent);
    if (!config) return config.error();
    return write_file_atomically(home_ / "grub.cfg", *config);
  }

  Result<void> make_disk() {
    std::uintmax_t content = 0;
    for (const fs::path& file : {job_.intent.kernel, job_.intent.initramfs}) {
      std::error_code error;
      const std::uintmax_t size = fs::file_size(file, error);
      if (error)
        return Error{Errc::not_found, "cannot read " + printable(file.native()) + ": " + error.message()};
      content += size;
    }
    const std::uintmax_t mebibytes = (content + kSlack + kMiB - 1) / kMiB;
    size_ = kPartitionStart + std::max(kSmallestFat32, mebibytes * kMiB);
    if (auto made = write_file_atomically(job_.image, ""); !made) return made;
    std::error_code error;
    fs::resize_file(job_.image, size_, error);
    if (error)
      return Error{Errc::io, "cannot make " + printable(job_.image.native()) + ": " + error.message()};
    return {};
  }

  Result<void> make_bios_loader() {
    if (!bios()) return {};
    return make_loader("i386-pc", "grub-pc-bin", "(,msdos1)/grub", home_ / "core.img", {"biosdisk"});
  }

  Result<void> make_efi_loader() {
    if (!uefi()) return {};
    return make_loader("x86_64-efi", "grub-efi-amd64-bin", "/grub", home_ / "bootx64.efi", {});
  }

  // GRUB finds the disk it came from by itself: the prefix names only the partition.
  Result<void> make_loader(const std::string& platform, const std::string& package, const std::string& prefix,
                           const fs::path& output, std::vector<std::string> modules) {
    const fs::path directory = fs::path(kGrubHome) / platform;
    std::error_code error;
    if (!fs::exists(directory / "normal.mod", error)) {
      return Error{Errc::not_found, "GRUB for " + platform + " is missing: install the package " + package};
    }
    std::vector<std::string> argv{"grub-mkimage", "-O",   platform, "-d",  directory,
                                  "-p",           prefix, "-o",     output};
    for (const char* module : {"part_msdos", "fat", "normal", "linux", "serial", "terminal", "echo"})
      modules.emplace_back(module);
    argv.insert(argv.end(), modules.begin(), modules.end());
    return run(argv, "grub-common");
  }

  Result<void> make_file_system() {
    const std::string at = job_.image.native() + "@@" + std::to_string(kPartitionStart);
    const std::string sectors = std::to_string((size_ - kPartitionStart) / kSectorSize);
    const std::string hidden = std::to_string(kPartitionStart / kSectorSize);
    std::vector<std::vector<std::string>> commands{
        {"mformat", "-i", at, "-F", "-T", sectors, "-h", "64", "-s", "32", "-H", hidden, "-v", "RIGBISECT",
         "-N", "52494742", "::"},
        {"mmd", "-i", at, "::grub", "::boot"},
        {"mcopy", "-i", at, home_ / "grub.cfg", "::grub/grub.cfg"},
        {"mcopy", "-i", at, job_.intent.kernel, "::boot/kernel"},
        {"mcopy", "-i", at, job_.intent.initramfs, "::boot/initrd"}};
    if (uefi()) {
      commands.push_back({"mmd", "-i", at, "::EFI", "::EFI/BOOT"});
      commands.push_back({"mcopy", "-i", at, home_ / "bootx64.efi", "::EFI/BOOT/BOOTX64.EFI"});
    }
    for (const auto& argv : commands) {
      if (auto done = run(argv, "mtools"); !done) return done;
    }
    return {};
  }

  // The MBR with its one partition, and behind it GRUB's core.
  Result<void> write_first_sectors() {
    std::string head(kSectorSize, '\0');
    if (bios()) {
      auto boot = read_file(fs::path(kGrubHome) / "i386-pc/boot.img", kMiB);
      auto core = read_file(home_ / "core.img", kPartitionStart - kSectorSize);
      if (!boot) return boot.error();
      if (!core) return core.error();
      head.replace(0, kBootCode, *boot, 0, kBootCode);
      head += *core;
    }
    head.replace(kBootCode, kOurDiskSignature.size(), kOurDiskSignature);
    head.replace(446, 16, partition_entry());
    head.replace(510, 2, "\x55\xaa");
    return overwrite_start(head);
  }

  // Active, CHS unused, type EF (EFI system) or 0C (FAT32), start and length in sectors.
  std::string partition_entry() const {
    std::string entry = std::string("\x80\xfe\xff\xff", 4) + (uefi() ? '\xef' : '\x0c') + "\xfe\xff\xff";
    for (std::uintmax_t number : {kPartitionStart / kSectorSize, (size_ - kPartitionStart) / kSectorSize}) {
      for (int byte = 0; byte < 4; ++byte, number >>= 8) entry += static_cast<char>(number & 0xff);
    }
    return entry;
  }

  Result<void> overwrite_start(const std::string& head) {
    const fs::path file = home_ / "head.img";
    if (auto written = write_file_atomically(file, head); !written) return written;
    return run(
        {"dd", "if=" + file.native(), "of=" + job_.image.native(), "conv=notrunc", "bs=64K", "status=none"},
        "coreutils");
  }

  Result<void> run(const std::vector<std::string>& argv, const std::string& package) {
    Command command{.argv = argv, .environment = clean_environment()};
    (*command.environment)["MTOOLS_SKIP_CHECK"] = "1";  // mtools wants whole tracks; our geometry is made up
    (*command.environment)["MTOOLSRC"] = "/dev/null";
    auto done = run_command(command, {.deadline = deadline_, .stop = stop_, .max_output = 4096}, clock_);
    if (!done && done.error().code == Errc::not_found) {
      return Error{Errc::not_found, done.error().what + " (package " + package + ")"};
    }
    if (!done) return done.error();
    if (done->ok()) return {};
    return Error{Errc::io, argv[0] + ": " + done->describe() + ": " + printable(trim(done->output))};
  }

  const ImageJob& job_;
  Clock& clock_;
  Deadline deadline_;
  std::stop_token stop_;
  fs::path home_;
  std::uintmax_t size_ = 0;
};

}  // namespace

Result<std::string> grub_config(const BootIntent& intent) {
  const std::string& line = intent.command_line;
  if (line.size() > kLongestCommandLine)
    return Error{Errc::invalid, "the kernel command line is longer than 2047 bytes"};
  const bool plain = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!plain || line.find_first_of("'\"\\") != std::string::npos) {
    return Error{
        Errc::invalid,
        "GRUB cannot pass quotes, backslashes and other than ASCII characters to the kernel unchanged: "
        "take them out of the kernel command line '" +
            printable(line) + "'"};
  }
  std::string config =
      serial_lines(line) + "echo 'rigbisect: run " + printable(intent.run_id) + "'\nlinux /boot/kernel";
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) config.append(" '").append(word).append("'");
  }
  return config + "\ninitrd /boot/initrd\nboot\necho 'rigbisect: GRUB could not start the kernel'\n";
}

Result<void> build_boot_image(const ImageJob& job, Clock& clock, Deadline deadline, std::stop_token stop) {
  return Builder(job, clock, deadline, std::move(stop)).build();
}

}  // namespace rigbisect
