#include "drivers/ipmi_bmc.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "drivers/secret.h"
#include "os/process.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestResponse = 256;
constexpr int kNodeBusy = 0xc0;
constexpr int kInsufficientPrivilege = 0xd4;

// " 01 0a" as bytes; nullopt for any other line.
std::optional<IpmiBytes> hex_line(std::string_view line) {
  IpmiBytes bytes;
  for (const std::string_view word : split(trim(line), ' ')) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (word.size() != 2 || error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

std::optional<unsigned> number_after(std::string_view text, std::string_view label, int base) {
  const auto at = text.rfind(label);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + label.size());
  unsigned value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc{}) {
    return std::nullopt;
  }
  return value;
}

std::string last_line(std::string_view output) {
  output = trim(output);
  const auto at = output.rfind('\n');
  return printable(trim(output.substr(at == std::string_view::npos ? 0 : at + 1)).substr(0, 300));
}

struct Symptom {
  std::string_view sign;  // in ipmitool's output
  Errc code;
  const char* meaning;
};

constexpr std::array kSymptoms{
    Symptom{"unauthorized name", Errc::denied, "the BMC does not know this user"},
    Symptom{"RAKP 2 HMAC is invalid", Errc::denied, "the BMC refuses this password"},
    Symptom{"invalid role", Errc::denied, "the BMC does not give this user this 'privilege'"},
    Symptom{"unauthorized role", Errc::denied, "the BMC does not give this user this 'privilege'"},
    Symptom{"invalid authentication algorithm", Errc::invalid,
            "the BMC does not speak this cipher suite: set 'cipher' to auto, 3 or 17"},
    Symptom{"no matching cipher suite", Errc::invalid,
            "the BMC does not speak this cipher suite: set 'cipher' to auto, 3 or 17"},
    Symptom{"insufficient resources", Errc::busy, "the BMC has no session left"},
    Symptom{"Address lookup for", Errc::not_found, "the host's name cannot be resolved"},
    Symptom{"Get Auth Capabilities error", Errc::disconnected,
            "the BMC does not answer: address, network, or IPMI over LAN switched off in its settings?"},
};

}  // namespace

Result<IpmiBytes> parse_ipmi_response(std::string_view output) {
  constexpr std::string_view kLabel = "RAW RSP (";
  const auto size = number_after(output, kLabel, 10);
  if (!size || *size > kLongestResponse) {
    return Error{Errc::protocol, "ipmitool printed no response, but: " + last_line(output)};
  }
  output.remove_prefix(output.rfind(kLabel));
  output.remove_prefix(std::min(output.find('\n'), output.size()));
  IpmiBytes bytes;
  for (const std::string_view line : split(output, '\n')) {
    const auto part = hex_line(line);
    if (part && bytes.size() < *size) bytes.insert(bytes.end(), part->begin(), part->end());
  }
  if (bytes.size() == *size) return bytes;
  return Error{Errc::protocol, "a response of " + std::to_string(*size) + " bytes was announced, and " +
                                   std::to_string(bytes.size()) + " came"};
}

Error explain_ipmi_failure(std::string_view output, int& completion_code) {
  completion_code = static_cast<int>(number_after(output, " rsp=0x", 16).value_or(0) & 0xffU);
  if (completion_code != 0) {
    const Errc code = completion_code == kNodeBusy                ? Errc::busy
                      : completion_code == kInsufficientPrivilege ? Errc::denied
                                                                  : Errc::protocol;
    return Error{code, "the BMC refuses the request: " + last_line(output)};
  }
  for (const Symptom& symptom : kSymptoms) {
    if (output.find(symptom.sign) != std::string_view::npos) return Error{symptom.code, symptom.meaning};
  }
  return Error{Errc::disconnected, "no session with the BMC; ipmitool says: " + last_line(output)};
}

std::vector<OptionSpec> IpmiBmc::options() {
  return {
      {.name = "host", .required = true, .help = "the BMC's address or name"},
      {.name = "port",
       .type = OptionType::integer,
       .default_value = "623",
       .help = "its UDP port",
       .min = 1,
       .max = 65535},
      {.name = "user", .required = true, .help = "a user of the BMC, at most 16 bytes"},
      {.name = "password", .type = OptionType::secret, .required = true, .help = "the user's password"},
      {.name = "cipher",
       .default_value = "auto",
       .help = "cipher suite; auto asks the BMC, which a few answer only after 10 s",
       .choices = {"auto", "3", "17"}},
      {.name = "privilege",
       .default_value = "operator",
       .help = "asked for in the session; switching needs operator",
       .choices = {"operator", "administrator"}},
  };
}

Result<IpmiBmc> IpmiBmc::make(const DriverOptions& options, Clock& clock) {
  if (auto tool = find_program("ipmitool"); !tool) return tool.error().within("ipmi");
  auto password = fetch_secret(options, "password");
  if (!password) return password.error().within("ipmi");
  return IpmiBmc({.host = options.text("host"),
                  .port = options.text("port"),
                  .user = options.text("user"),
                  .password = std::move(*password),
                  .cipher = options.text("cipher"),
                  .privilege = options.text("privilege")},
                 clock);
}

std::string IpmiBmc::name() const {
  return printable(access_.host) + ":" + access_.port;
}

Command IpmiBmc::command(const std::vector<std::string>& words) const {
  const std::string privilege = access_.privilege == "operator" ? "OPERATOR" : "ADMINISTRATOR";
  Command command{.argv = {"ipmitool", "-I", "lanplus", "-N", "1", "-R", "4", "-L", privilege, "-H",
                           access_.host, "-p", access_.port, "-U", access_.user, "-E"},
                  .environment = clean_environment()};
  (*command.environment)["IPMI_PASSWORD"] = access_.password;
  if (access_.cipher != "auto") command.argv.insert(command.argv.end(), {"-C", access_.cipher});
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return command;
}

Result<IpmiBytes> IpmiBmc::request(const IpmiBytes& request, int tolerated, Deadline deadline,
                                   std::stop_token stop) {
  std::vector<std::string> words{"-v", "raw"};
  for (const std::uint8_t byte : request) words.push_back("0x" + to_hex({&byte, 1}));
  const RunOptions options{.deadline = deadline, .stop = stop, .max_output = 64 << 10};
  const auto done = run_command(command(words), options, clock_);
  if (!done && done.error().code == Errc::timeout) {
    return Error{Errc::timeout, "the BMC did not answer in time"};
  }
  if (!done) return done.error();
  if (done->ok()) return parse_ipmi_response(done->output);
  int completion_code = 0;
  const Error reason = explain_ipmi_failure(done->output, completion_code);
  if (tolerated != 0 && completion_code == tolerated) return IpmiBytes{};
  return reason;
}

Result<void> IpmiBmc::boot_once(BootTarget target, bool uefi, Deadline deadline, std::stop_token stop) {
  constexpr std::uint8_t kChassis = 0x00, kSetBootOptions = 0x08, kGetBootOptions = 0x09, kBootFlags = 5;
  constexpr std::uint8_t kValidOnce = 0x80, kUefi = 0x20, kDevice = 0x3c;
  const std::uint8_t flags = uefi ? kValidOnce | kUefi : kValidOnce;
  const std::uint8_t device = target == BootTarget::network ? 0x04 : 0x08;
  const IpmiBytes wish{kChassis, kSetBootOptions, kBootFlags, flags, device, 0, 0, 0};
  if (auto set = request(wish, 0, deadline, stop); !set) return set.error();
  const auto now = request({kChassis, kGetBootOptions, kBootFlags, 0, 0}, 0, deadline, stop);
  if (!now) return now.error();
  if (now->size() >= 4 && ((*now)[3] & kDevice) == device) return {};
  return Error{Errc::protocol,
               "the BMC took the boot override and does not report it: it says " + to_hex(*now)};
}

}  // namespace rigbisect
