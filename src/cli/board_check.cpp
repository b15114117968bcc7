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

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

// One option of one of a board's three devices that has a value.
struct Wire {
  std::string role;
  const DriverChoice& choice;
  const OptionSpec& spec;
  std::string name() const { return role + "." + spec.name; }
};

template <typename Row>
void add_wires(const std::vector<Row>& rows, const std::string& role, const DriverChoice& choice,
               std::vector<Wire>& wires) {
  for (const Row& row : rows) {
    if (row.name != choice.driver) continue;
    for (const OptionSpec& spec : row.options) {
      if (choice.options.has(spec.name)) wires.push_back({role, choice, spec});
    }
  }
}

std::vector<Wire> wires_of(const Board& board, const DriverTable& drivers) {
  std::vector<Wire> wires;
  add_wires(drivers.power, "power", board.power, wires);
  add_wires(drivers.console, "console", board.console, wires);
  add_wires(drivers.boot, "boot", board.boot, wires);
  return wires;
}

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

std::string how_to_get_access(const struct stat& info) {
  if (S_ISREG(info.st_mode)) return "change its owner or mode (chown, chmod)";
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
  return "let a udev rule give it to a group of yours, such as SUBSYSTEM==\"tty\", GROUP=\"dialout\", "
         "MODE=\"0660\" in /etc/udev/rules.d/70-rigbisect.rules";
}

void check_path(const Wire& wire, std::vector<BoardFinding>& findings) {
  const fs::path path = wire.choice.options.text(wire.spec.name);
  const std::string shown = wire.name() + ": " + printable(path.native());
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    const bool device = path.native().starts_with("/dev/");
    findings.push_back(
        {device, device ? shown + " does not exist: is the adapter plugged in?" + present_beside(path)
                        : shown + " does not exist (yet?)"});
  } else if (!S_ISDIR(info.st_mode) && ::access(path.c_str(), R_OK | W_OK) != 0) {
    findings.push_back(
        {true, shown + " may not be read and written by this user: " + how_to_get_access(info)});
  }
}

void check_interface(const Wire& wire, std::vector<BoardFinding>& findings) {
  const std::string& name = wire.choice.options.text(wire.spec.name);
  if (::if_nametoindex(name.c_str()) != 0) return;
  std::vector<std::string> there;
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(::if_nameindex(),
                                                                                 &::if_freenameindex);
  for (const struct if_nameindex* entry = list.get(); entry != nullptr && entry->if_index != 0; ++entry) {
    there.push_back(printable(entry->if_name));
  }
  findings.push_back({true, wire.name() + ": this machine has no network interface " + printable(name) +
                                did_you_mean_suffix(name, there) + "; there are: " + join(there, ", ")});
}

void check_secret(const Wire& wire, std::vector<BoardFinding>& findings) {
  const auto reference = wire.choice.options.secret(wire.spec.name);
  if (!reference) return;
  const std::string shown = wire.name() + ": " + printable(reference->name);
  if (reference->place == SecretReference::Place::environment) {
    const bool there = ::getenv(reference->name.c_str()) != nullptr;  // NOLINT(concurrency-mt-unsafe)
    if (!there) findings.push_back({true, shown + " is not set in this environment"});
    return;
  }
  struct stat info {};
  if (::stat(reference->name.c_str(), &info) != 0) {
    findings.push_back({true, shown + " does not exist or may not be looked at"});
  } else if (::access(reference->name.c_str(), R_OK) != 0) {
    findings.push_back({true, shown + " may not be read by this user"});
  } else if ((info.st_mode & 0007U) != 0) {
    findings.push_back({true, shown + " is open to every user: chmod 600 it"});
  }
}

// What a board has for itself, as text that is equal for the same thing. A shared claim (the serial port of a
// relay board) may be made by several boards, but not beside one that is not shared.
struct Claim {
  std::string thing;
  bool shared = false;
};

std::string resolved(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return printable(error ? path : target.native());
}

// How an outlet is addressed: everything but times and switches for behaviour.
bool addresses(const OptionSpec& spec) {
  return spec.type != OptionType::duration && spec.type != OptionType::boolean &&
         spec.type != OptionType::secret && spec.choices.empty();
}

std::string value_of(const Wire& wire) {
  const auto& values = wire.choice.options.list(wire.spec.name);
  const bool path = wire.spec.type == OptionType::path && !values.empty();
  return path ? resolved(values.front()) : printable(join(values, " "));
}

std::vector<Claim> claims_of(const Board& board, const DriverTable& drivers) {
  std::vector<Claim> claims{{"the name " + board.name}};
  std::string outlet = "the outlet '" + board.power.driver;
  std::string address = "the console '" + board.console.driver;
  bool has_port = false;
  for (const Wire& wire : wires_of(board, drivers)) {
    const bool power = wire.role == "power";
    if (power && addresses(wire.spec)) outlet += " " + wire.spec.name + " " + value_of(wire);
    if (wire.role == "console" && addresses(wire.spec))
      address += " " + wire.spec.name + " " + value_of(wire);
    if (wire.spec.type == OptionType::mac) claims.push_back({"the MAC address " + value_of(wire)});
    if (wire.spec.type == OptionType::path) claims.push_back({"the device " + value_of(wire), power});
    has_port = has_port || (wire.role == "console" && wire.spec.type == OptionType::path);
  }
  claims.push_back({outlet + "'"});
  if (!has_port) claims.push_back({address + "'"});
  return claims;
}

}  // namespace

std::vector<BoardFinding> check_devices(const Board& board, const DriverTable& drivers) {
  std::vector<BoardFinding> findings;
  for (const Wire& wire : wires_of(board, drivers)) {
    if (wire.spec.type == OptionType::path) check_path(wire, findings);
    if (wire.spec.type == OptionType::secret) check_secret(wire, findings);
    if (is_interface(wire)) check_interface(wire, findings);
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
    for (const Claim& claim : claims_of(board, drivers)) {
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
