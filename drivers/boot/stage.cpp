#include <algorithm>

#include "base/text.h"
#include "drivers/registry.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestCommandLine = 2047;
constexpr fs::perms kWorldReadable =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;

std::string with_dashes(std::string mac) {
  std::replace(mac.begin(), mac.end(), ':', '-');
  return mac;
}

// Neither loader can quote: what it would take for something else cannot be passed.
Result<void> check_command_line(const std::string& line, bool ipxe) {
  const bool plain = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  bool passes = plain && line.size() <= kLongestCommandLine;
  for (const std::string_view word : split(line, ' ')) {
    const bool special = word == "||" || word == "&&" || word == ";" || word.starts_with('#') ||
                         word.find("${") != std::string_view::npos;
    passes = passes && !(ipxe && special);
  }
  if (passes) return {};
  return Error{Errc::invalid,
               "the boot loader cannot pass this kernel command line unchanged: '" + printable(line) + "'"};
}

struct Site {
  fs::path root;
  std::string mac, url;  // url: "" for pxelinux
};

class StagedMedium : public BootMedium {
 public:
  StagedMedium(Site site, std::string board) : site_(std::move(site)), board_(std::move(board)) {}

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "staging: stopped"};
    if (auto passes = check_command_line(intent.command_line, is_ipxe()); !passes) return passes;
    if (auto disarmed = disarm(); !disarmed) return disarmed;
    const fs::path name = fs::path("rigbisect") / board_ / intent.run_id;
    for (const auto& [from, to] :
         {std::pair(intent.kernel, "kernel"), std::pair(intent.initramfs, "initrd")}) {
      const fs::path file = site_.root / name / to;
      if (auto copied = copy_file_atomically(from, file); !copied) return copied;
      if (auto opened = readable(file); !opened) return opened;
    }
    staged_ = site_.root / name;
    // Last, in one step: whoever finds it finds everything that it names.
    if (auto written = write_file_atomically(config(), text(intent, name)); !written) return written;
    return readable(config());
  }

  Result<void> disarm() override {
    std::error_code error;
    fs::remove(config(), error);  // first: nothing is named any more
    if (error)
      return Error{Errc::io, "cannot remove " + printable(config().native()) + ": " + error.message()};
    if (!staged_.empty()) fs::remove_all(staged_, error);
    if (error)
      return Error{Errc::io, "cannot remove " + printable(staged_.native()) + ": " + error.message()};
    staged_.clear();
    return {};
  }

  std::vector<BootStage> timeline() const override { return {}; }  // the site's servers know, and do not tell
  std::string diagnose() const override {
    return "the kernel is staged in " + printable(staged_.native()) +
           "; whether the machine fetched it stands in the logs of the site's " +
           (is_ipxe() ? "HTTP" : "TFTP") + " server";
  }

 private:
  bool is_ipxe() const { return !site_.url.empty(); }
  fs::path config() const {
    return is_ipxe() ? site_.root / "rigbisect" / (with_dashes(site_.mac) + ".ipxe")
                     : site_.root / "pxelinux.cfg" / ("01-" + with_dashes(site_.mac));
  }
  std::string text(const BootIntent& intent, const fs::path& name) const {
    const std::string kernel = (name / "kernel").native();
    const std::string initrd = (name / "initrd").native();
    if (is_ipxe()) {
      return "#!ipxe\n# made by rigbisect\nkernel --name kernel " + site_.url + "/" + kernel +
             " initrd=initrd " + intent.command_line + "\ninitrd --name initrd " + site_.url + "/" + initrd +
             "\nboot\n";
    }
    return "# made by rigbisect\nDEFAULT rigbisect\nPROMPT 0\nLABEL rigbisect\n  KERNEL /" + kernel +
           "\n  INITRD /" + initrd + "\n  APPEND " + intent.command_line + "\n";
  }
  static Result<void> readable(const fs::path& file) {
    std::error_code error;
    fs::permissions(file, kWorldReadable, error);
    if (error)
      return Error{Errc::io, "cannot make " + printable(file.native()) + " readable: " + error.message()};
    return {};
  }

  Site site_;
  std::string board_;
  fs::path staged_;
};

Result<std::unique_ptr<BootMedium>> make(const DriverOptions& options, const DriverContext& context) {
  Site site{options.text("root"), options.text("mac"), options.has("url") ? options.text("url") : ""};
  while (site.url.ends_with('/')) site.url.pop_back();
  std::error_code error;
  if (!fs::is_directory(site.root, error)) {
    return Error{Errc::not_found,
                 printable(site.root.native()) +
                     " is no directory: it is to be the root of the site's TFTP or HTTP server"};
  }
  return std::unique_ptr<BootMedium>(std::make_unique<StagedMedium>(std::move(site), context.board));
}

constexpr const char* kNotes =
    R"(For a site whose DHCP, TFTP and HTTP servers stay in charge: kernel, initramfs and a boot configuration for this one machine
are put into the directory that they serve, while the machine is off, and taken away after the run. Each file appears whole
and the configuration last, so a machine never finds half of it; without it the site's default boots.

  pxelinux  (no `url`): ROOT/pxelinux.cfg/01-MAC, which pxelinux looks for first
  iPXE      (`url` given): ROOT/rigbisect/MAC.ipxe, with kernel and initramfs fetched from `url`. The site's script begins
            with: chain URL/rigbisect/${net0/mac:hexhyp}.ipxe ||

This user must be able to write to ROOT; what is put there is readable for everybody.

  boot:
    driver: stage
    root: /srv/tftp
    mac: 52:54:00:77:00:10

  # iPXE over HTTP:   root: /var/www/html     url: http://10.77.0.1

Source: SYSLINUX wiki "PXELINUX" (configuration file names); ipxe.org/cmd, "chain", "kernel", "initrd".)";

}  // namespace

DriverRow<BootMedium> stage_driver() {
  return {
      .name = "stage",
      .summary = "kernel and configuration put into a site's TFTP or HTTP directory",
      .notes = kNotes,
      .options =
          {
              {.name = "root",
               .type = OptionType::path,
               .required = true,
               .help = "directory that the site's server serves",
               .shared = true},
              {.name = "mac",
               .type = OptionType::mac,
               .required = true,
               .help = "MAC address of the machine's network port that boots"},
              {.name = "url", .help = "iPXE: where ROOT is served, http://HOST; absent: pxelinux"},
          },
      .make = make,
  };
}

}  // namespace rigbisect
