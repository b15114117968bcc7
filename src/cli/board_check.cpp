#include "cli/board_check.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include <grp.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/board_claims.h"
#include "cli/host_devices.h"
#include "drivers/secret.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

bool is_interface(const Wire& wire) {
  return wire.spec.type == OptionType::text && wire.spec.name == "interface";
}

std::string present_beside(const fs::path& missing) {
  constexpr std::size_t most = 8;
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(missing.parent_path(), error)) {
    names.push_back(printable(entry.path().filename().native()));
  }
  if (names.empty() || missing.parent_path() == "/dev") return "";
  std::sort(names.begin(), names.end());
  const bool more = names.size() > most;
  names.resize(std::min(names.size(), most));
  return " In " + printable(missing.parent_path().native()) + " there is: " + join(names, ", ") +
         (more ? ", ..." : "") + ".";
}

std::string group_name(gid_t id) {
  std::vector<char> buffer(16384);
  group entry{};
  group* found = nullptr;
  if (::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::to_string(id);
  }
  return found->gr_name;
}

std::string how_to_get_access(const fs::path& path, const struct stat& info) {
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) return "change its owner or mode (chown, chmod)";
  if (S_ISBLK(info.st_mode)) {
    return "let a udev rule give this one medium to you, such as SUBSYSTEM==\"block\", "
           "ENV{ID_SERIAL}==\"...\", "
           "GROUP=\"...\" in /etc/udev/rules.d/70-rigbisect.rules (the group 'disk' would open every disk of "
           "this "
           "machine)";
  }
  if ((info.st_mode & 0060U) == 0060U && info.st_gid != 0) {
    return "add yourself to its group with 'sudo usermod -aG " + group_name(info.st_gid) +
           " $USER' and log in again";
  }
  const std::string rule = udev_rule_for_tty(path);
  return "let a udev rule give it to a group of yours: " +
         (rule.empty() ? "SUBSYSTEM==\"tty\", GROUP=\"dialout\", MODE=\"0660\"" : rule) +
         " in /etc/udev/rules.d/70-rigbisect.rules, then 'sudo udevadm trigger'";
}

void check_path(const Wire& wire, std::vector<BoardFinding>& findings) {
  const fs::path path = wire.choice.options.text(wire.spec.name);
  const std::string shown = wire.name() + ": " + printable(path.native());
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    const bool device = path.native().starts_with("/dev/");
    const std::string why = device ? " does not exist: is the adapter plugged in?" + present_beside(path)
                            : wire.spec.shared ? " does not exist"
                                               : " does not exist (yet?)";
    findings.push_back({device || wire.spec.shared, shown + why});
  } else if (::access(path.c_str(), wire.spec.shared && S_ISREG(info.st_mode) ? R_OK : R_OK | W_OK) != 0) {
    findings.push_back(
        {true, shown + " may not be read and written by this user: " + how_to_get_access(path, info)});
  }
}

// A device on USB that is named by where it is plugged in.
void check_place(const Wire& wire, std::vector<BoardFinding>& findings) {
  const std::string place = wire.choice.options.text(wire.spec.name);
  const std::string shown = wire.name() + ": ";
  const auto node = usb_node_at(place);
  if (!node) {
    std::string there;
    for (const UsbInfo& usb : find_host_devices().switches)
      there += (there.empty() ? "; there is " : ", ") + usb.name + " at " + usb.place;
    findings.push_back({true, shown + "nothing is plugged in at " + printable(place) + there});
  } else if (::access(node->device.c_str(), R_OK | W_OK) != 0) {
    findings.push_back(
        {true, shown + node->device.native() +
                   " may not be used by this user: let a udev rule give it to a group of yours: " +
                   node->udev_rule +
                   " in /etc/udev/rules.d/70-rigbisect.rules, then 'sudo udevadm trigger'"});
  }
}

void check_interface(const std::string& option, const std::string& name,
                     std::vector<BoardFinding>& findings) {
  if (::if_nametoindex(name.c_str()) != 0) return;
  std::vector<std::string> there;
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(::if_nameindex(),
                                                                                 &::if_freenameindex);
  for (const struct if_nameindex* entry = list.get(); entry != nullptr && entry->if_index != 0; ++entry) {
    there.push_back(printable(entry->if_name));
  }
  findings.push_back({true, option + ": this machine has no network interface " + printable(name) +
                                did_you_mean_suffix(name, there) + "; there are: " + join(there, ", ")});
}

void check_secret(const Wire& wire, std::vector<BoardFinding>& findings) {
  const auto reference = wire.choice.options.secret(wire.spec.name);
  if (!reference) return;
  const auto secret = fetch_secret(*reference, wire.name());
  if (!secret) findings.push_back({true, secret.error().what});
}

}  // namespace

std::vector<BoardFinding> check_devices(const Board& board, const DriverTable& drivers) {
  std::vector<BoardFinding> findings;
  for (const Wire& wire : wires_of(board, drivers)) {
    if (wire.spec.type == OptionType::path) check_path(wire, findings);
    if (wire.spec.type == OptionType::secret) check_secret(wire, findings);
    if (wire.spec.type == OptionType::text && wire.spec.name == "place") check_place(wire, findings);
    if (is_interface(wire)) check_interface(wire.name(), wire.choice.options.text(wire.spec.name), findings);
  }
  if (const std::string& link = board.off_proof.link; !link.empty()) {
    check_interface("off_proof.link", link, findings);
  }
  return findings;
}

std::vector<std::string> board_conflicts(std::span<const Board> boards, const DriverTable& drivers) {
  struct Holder {
    const Board* board;
    bool shared;
  };
  std::vector<std::string> conflicts;
  std::map<std::string, Holder> taken;
  for (const Board& board : boards) {
    std::vector<Claim> claims = claims_of(board, drivers);
    claims.insert(claims.begin(), {"the name " + board.name});
    for (const Claim& claim : claims) {
      const auto [holder, is_first] = taken.emplace(claim.thing, Holder{&board, claim.shared});
      if (is_first || (holder->second.shared && claim.shared)) continue;
      const std::string first = printable(holder->second.board->file.native());
      const std::string second = printable(board.file.native());
      conflicts.push_back(holder->second.board == &board
                              ? second + " uses " + claim.thing + " for two purposes"
                              : first + " and " + second + " both use " + claim.thing);
    }
  }
  return conflicts;
}

}  // namespace rigbisect
