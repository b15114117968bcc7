#include <algorithm>

#include "drivers/boot/loader_script.h"
#include "drivers/boot/staging.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

std::string with_dashes(std::string mac) {
  std::replace(mac.begin(), mac.end(), ':', '-');
  return mac;
}

class StagedMedium : public BootMedium {
 public:
  // `url`: "" for pxelinux
  StagedMedium(Staging site, std::string url) : site_(std::move(site)), url_(std::move(url)) {}

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token stop) override {
    const auto config = text(intent);
    if (!config) return config.error();
    return site_.put(intent, *config, stop);
  }

  Result<void> disarm() override { return site_.remove(); }

  std::vector<BootStage> timeline() const override { return {}; }  // the site's servers know, and do not tell
  std::string diagnose() const override {
    return "the kernel is staged in " + site_.describe() +
           "; whether the machine fetched it stands in the logs of the site's " +
           (url_.empty() ? "TFTP" : "HTTP") + " server";
  }

 private:
  Result<std::string> text(const BootIntent& intent) const {
    const std::string place = site_.place_of(intent).native();
    auto line =
        url_.empty() ? pxelinux_command_line(intent.command_line) : ipxe_command_line(intent.command_line);
    if (!line) return line;
    if (!url_.empty()) return ipxe_script(url_ + "/" + place, *line) + "boot\n";
    return "# made by rigbisect\nDEFAULT rigbisect\nPROMPT 0\nLABEL rigbisect\n  KERNEL /" + place +
           "/kernel\n  INITRD /" + place + "/initrd\n  APPEND " + *line + "\n";
  }

  Staging site_;
  std::string url_;
};

Result<std::unique_ptr<BootMedium>> make_stage(const DriverOptions& options, const DriverContext& context) {
  std::string url = options.has("url") ? options.text("url") : "";
  while (url.ends_with('/')) url.pop_back();
  const std::string mac = with_dashes(options.text("mac"));
  auto site = Staging::open(options.text("root"), context.board,
                            url.empty() ? "pxelinux.cfg/01-" + mac : "rigbisect/" + mac + ".ipxe");
  if (!site) return site.error();
  return std::unique_ptr<BootMedium>(std::make_unique<StagedMedium>(std::move(*site), std::move(url)));
}

constexpr const char* kStageNotes =
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
      .notes = kStageNotes,
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
      .make = make_stage,
  };
}

}  // namespace rigbisect
