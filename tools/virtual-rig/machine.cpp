#include "machine.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/process.h"
#include "spawn.h"

namespace rigbisect::rig {
namespace {

namespace fs = std::filesystem;

constexpr off_t kDiskBytes = 256L << 20;
constexpr const char* kOvmfCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
constexpr const char* kOvmfVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

fs::path firmware_variables(const MachineSpec& spec) {
  return spec.directory / "firmware-variables.fd";
}

Result<void> make_disk(const fs::path& path) {
  const Fd disk(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!disk.valid()) return errno_error(path.native());
  if (::lseek(disk.get(), 0, SEEK_END) > 0) return {};  // a disk of an earlier run in this directory
  if (::ftruncate(disk.get(), kDiskBytes) != 0) return errno_error(path.native());
  return {};
}

Result<void> require(const char* file, const char* package) {
  if (::access(file, R_OK) == 0) return {};
  return Error{Errc::not_found, fmt::format("{} is missing: install the Debian package {}", file, package)};
}

void append(std::vector<std::string>& arguments, std::initializer_list<std::string> more) {
  arguments.insert(arguments.end(), more);
}

}  // namespace

const char* to_string(MachineKind kind) {
  switch (kind) {
    case MachineKind::bios:
      return "bios";
    case MachineKind::uefi:
      return "uefi";
    case MachineKind::disk:
      return "disk";
  }
  return "";
}

std::string MachineSpec::mac() const {
  return fmt::format("52:54:00:77:00:{:02x}", 0x10 + number);
}

std::vector<std::string> qemu_arguments(const MachineSpec& spec, const Fd& tap) {
  const bool network_boot = spec.kind != MachineKind::disk;
  std::vector<std::string> arguments{"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-accel", "tcg"};
  // q35: with the older chipset, ACPI of a KASAN kernel takes 34 s longer. graphics=off: the BIOS speaks on
  // the UART.
  append(arguments, {"-machine", "q35,graphics=off", "-smp", "1", "-m", std::to_string(spec.memory_mb)});
  append(arguments, {"-name", fmt::format("rig{}", spec.number), "-display", "none", "-monitor", "none"});
  append(arguments, {"-uuid", fmt::format("77000000-0000-4000-8000-5254007700{:02x}", 0x10 + spec.number)});
  append(arguments, {"-boot", "strict=on"});
  // mux: a way to put a break on the line.
  append(arguments, {"-chardev", fmt::format("pipe,id=uart,path={},mux=on", spec.uart)});
  append(arguments, {"-serial", "chardev:uart"});
  append(arguments, {"-netdev", fmt::format("tap,id=lan,fd={}", tap.get())});
  // UEFI without option ROM uses the firmware's own PXE client, as most real machines do.
  append(arguments, {"-device", fmt::format("virtio-net-pci,netdev=lan,mac={}{}{}", spec.mac(),
                                            network_boot ? ",bootindex=1" : "",
                                            spec.kind == MachineKind::bios ? "" : ",romfile=")});
  append(arguments, {"-drive", fmt::format("if=none,id=disk,format=raw,file={}", spec.disk().native())});
  append(arguments, {"-device", "ide-hd,drive=disk,bus=ide.0,bootindex=2"});
  if (spec.kind == MachineKind::uefi) {
    append(arguments, {"-drive", fmt::format("if=pflash,unit=0,format=raw,readonly=on,file={}", kOvmfCode)});
    append(arguments,
           {"-drive", fmt::format("if=pflash,unit=1,format=raw,file={}", firmware_variables(spec).native())});
  }
  return arguments;
}

Result<std::unique_ptr<Machine>> Machine::create(Loop& loop, const Log& log, MachineSpec spec) {
  std::error_code error;
  fs::create_directories(spec.directory, error);
  if (error) return Error{Errc::io, fmt::format("{}: {}", spec.directory.native(), error.message())};
  if (spec.directory.native().find(',') != std::string::npos)
    return Error{Errc::invalid, spec.directory.native() + ": QEMU cannot take a path with a comma"};
  if (auto found = find_program("qemu-system-x86_64"); !found)
    return Error{Errc::not_found,
                 "qemu-system-x86_64 is missing: install the Debian package qemu-system-x86"};
  if (auto ok = make_disk(spec.disk()); !ok) return ok.error();
  if (spec.kind == MachineKind::uefi) {
    if (auto ok = require(kOvmfCode, "ovmf"); !ok) return ok.error();
    fs::copy_file(kOvmfVariables, firmware_variables(spec), fs::copy_options::skip_existing, error);
    if (error) return Error{Errc::io, fmt::format("copying {}: {}", kOvmfVariables, error.message())};
  }
  return std::unique_ptr<Machine>(new Machine(loop, log, std::move(spec)));
}

Result<void> Machine::power_on(Fd tap) {
  const fs::path path = spec_.directory / "qemu.log";
  const Fd output(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!output.valid()) return errno_error(path.native());
  Program program;
  program.argv = qemu_arguments(spec_, tap);
  for (const auto& [name, value] : clean_environment()) program.environment.push_back(name + "=" + value);
  program.inherited = {tap.get()};
  program.output = output.get();
  program.own_group = true;
  program.death_signal = SIGKILL;
  auto pid = spawn(program);
  if (!pid) return pid.error();
  pid_ = *pid;
  ++boots_;
  log_.line(fmt::format("rig {}: machine starts, qemu pid {}, boot {}", spec_.number, pid_, boots_));
  auto end = watch_process(pid_);
  if (!end) return end.error();
  end_ = std::move(*end);
  return loop_.watch(end_.get(), [this] { ended(); });
}

void Machine::power_off() {
  if (pid_ == 0) return;
  if (end_.valid()) loop_.unwatch(end_.get());
  end_.reset();
  kill_and_reap(pid_);
  log_.line(fmt::format("rig {}: machine lost power, qemu pid {} is gone", spec_.number, pid_));
  pid_ = 0;
}

void Machine::freeze() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGSTOP);
  log_.line(fmt::format("rig {}: machine freezes", spec_.number));
}

// The process ended by itself: the machine has shut itself down, or QEMU could not run it.
void Machine::ended() {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
  loop_.unwatch(end_.get());
  end_.reset();
  log_.line(fmt::format("rig {}: machine has shut itself down, qemu pid {} ended with {} {} (see qemu.log)",
                        spec_.number, pid_, WIFSIGNALED(status) ? "signal" : "status",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
  pid_ = 0;
}

}  // namespace rigbisect::rig
