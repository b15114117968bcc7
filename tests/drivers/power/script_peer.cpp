#include "tests/drivers/power/script_peer.h"

#include <fstream>
#include <stdexcept>

#include "os/file.h"
#include "tests/drivers/driver_test.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// A slow outlet counts the questions: at two a second, 92 are 46 s.
constexpr const char* kFunctions = R"sh(
manners=$(cat manners)
command() {
  case $manners in
  stuck) ;;
  lies) [ "$2" = 0 ] || echo 1 >"on.$1" ;;
  slow) echo "$2" >"pending.$1"; echo 0 >"asked.$1" ;;
  *) echo "$2" >"on.$1" ;;
  esac
}
said() {
  if [ "$manners" = slow ] && [ -e "pending.$1" ]; then
    asked=$(($(cat "asked.$1") + 1)); echo $asked >"asked.$1"
    if [ $asked -ge 92 ]; then mv "pending.$1" "on.$1"; fi
  fi
  [ "$manners" != lies ] && [ "$(cat "on.$1")" = 1 ]
}
drawn() { if [ "$(cat "on.$1")" = 1 ]; then echo 42; else echo 0; fi; }
)sh";

}  // namespace

ScriptPeer::ScriptPeer(const std::string& body) : nobody_(free_port(SOCK_STREAM)) {
  for (int outlet = 1; outlet <= 8; ++outlet) write("on." + text(outlet), "0\n");
  write("manners", "honest\n");
  write("script", "#!/bin/sh\ncd '" + directory().native() + "' || exit 1\n" + kFunctions + body);
  std::filesystem::permissions(script(), std::filesystem::perms::owner_all);
}

void ScriptPeer::write(const std::string& name, const std::string& content) const {
  const auto written = write_file_atomically(directory() / name, content);
  if (!written) throw std::runtime_error(written.error().what);
  std::filesystem::permissions(directory() / name,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void ScriptPeer::behave(Manners manners) {
  write("manners", std::string(to_string(manners)) + "\n");
  relay_->behave(manners);
}

bool ScriptPeer::is_on(int outlet) const {
  const auto content = read_file(directory() / ("on." + text(outlet)));
  return content && *content == "1\n";
}

void ScriptPeer::start(const std::vector<std::string>& argv, FaultyRelay::Kind kind, int port) {
  program_.emplace(argv, directory() / "log");
  relay_.emplace(kind, port);
  DriverWorld world;
  const Deadline patience = world.in(20s);
  while (world.clock.now() < patience && program_->runs()) {
    const auto power = world.make(row(), options(1));
    if (power && (*power)->set(Power::off, world.in(5s), {}).ok()) return;
    (void)world.clock.sleep_until(world.in(50ms), {});
  }
  throw std::runtime_error(argv[0] + " does not answer: " + read_file(directory() / "log").value());
}

}  // namespace rigbisect
