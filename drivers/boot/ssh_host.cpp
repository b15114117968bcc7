#include "drivers/boot/ssh_host.h"

#include <algorithm>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "os/process.h"

namespace rigbisect {
namespace {

constexpr int kSshFailed = 255;
constexpr std::size_t kMostOutput = 64 << 10;
constexpr Duration kPatience = std::chrono::seconds(10);  // for one attempt to connect
constexpr Duration kBetween = std::chrono::seconds(1);

std::string last_line(const std::string& text) {
  const std::string_view all = trim(text);
  return printable(trim(all.substr(all.find_last_of('\n') + 1)).substr(0, 200));
}

// ssh's own failure, from what it printed (OpenSSH 8 and 9).
Error explain(const std::string& name, const std::string& output) {
  const auto says = [&](const char* words) { return output.find(words) != std::string::npos; };
  if (says("Host key verification failed") || says("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return Error{Errc::denied,
                 name +
                     ": its host key is not the known one: look at it with ssh-keyscan, and put it "
                     "into the known_hosts file"};
  }
  if (says("Permission denied")) {
    return Error{Errc::denied, name + " refuses our key: add it to ~/.ssh/authorized_keys there (" +
                                   last_line(output) + ")"};
  }
  return Error{Errc::disconnected,
               name + ": " + (trim(output).empty() ? "the connection was lost" : last_line(output))};
}

}  // namespace

Result<std::string> SshHost::run(const std::string& command, const std::string& input, Deadline deadline,
                                 std::stop_token stop) {
  std::vector<std::string> argv{"ssh", "-T", "-p", std::to_string(access_.port), "-l", access_.user};
  std::vector<std::string> options{"BatchMode=yes",         "StrictHostKeyChecking=yes", "ConnectTimeout=5",
                                   "ServerAliveInterval=5", "ServerAliveCountMax=2",     "LogLevel=ERROR"};
  if (!access_.known_hosts.empty()) options.push_back("UserKnownHostsFile=" + access_.known_hosts.native());
  if (!access_.identity.empty()) {
    options.emplace_back("IdentitiesOnly=yes");
    argv.insert(argv.end(), {"-i", access_.identity.native()});
  }
  for (const std::string& option : options) argv.insert(argv.end(), {"-o", option});
  argv.insert(argv.end(), {"--", access_.host, command});
  const auto done =
      run_command({.argv = argv, .standard_input = input},
                  {.deadline = deadline, .stop = std::move(stop), .max_output = kMostOutput}, clock_);
  if (!done) return done.error().within(name());
  if (done->ok()) return done->output;
  if (done->exit_code == kSshFailed) return explain(name(), done->output);
  return Error{Errc::io, name() + ": " + last_line(done->output) + " (" + done->describe() + ")"};
}

Result<void> SshHost::wait_for(Deadline deadline, std::stop_token stop) {
  const TimePoint began = clock_.now();
  for (;;) {
    const auto answered = run("true", "", std::min(deadline, clock_.now() + kPatience), stop);
    if (answered) return {};
    const Errc code = answered.error().code;
    if (code != Errc::disconnected && code != Errc::timeout) return answered.error();
    if (clock_.now() + kBetween >= deadline) {
      return Error{Errc::timeout,
                   "no ssh for " +
                       format_duration(std::chrono::round<std::chrono::seconds>(clock_.now() - began)) +
                       " since power-on: " + answered.error().what};
    }
    if (!clock_.sleep_until(clock_.now() + kBetween, stop)) return Error{Errc::cancelled, "stopped"};
  }
}

}  // namespace rigbisect
