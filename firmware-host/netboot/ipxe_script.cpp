#include "netboot/ipxe_script.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "netboot/pxe_answer.h"

namespace rigbisect::netboot {

namespace {

constexpr std::size_t max_command_line = 2047;  // COMMAND_LINE_SIZE on x86, without its NUL

Error refuse(const std::string& why) {
  return {Errc::invalid,
          "kernel command line cannot be passed through iPXE: " + why + "; change it in the recipe or board"};
}

bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

Result<void> check(std::string_view command_line) {
  const auto bad = std::find_if_not(command_line.begin(), command_line.end(), is_printable_ascii);
  if (bad != command_line.end()) return refuse("it contains " + printable(std::string_view(&*bad, 1)));
  if (command_line.find("${") != std::string_view::npos) return refuse("\"${\" is expanded by iPXE");
  for (const std::string_view word : split(command_line, ' ')) {
    if (word == "||" || word == "&&" || word == ";")
      return refuse("iPXE ends the command at the word " + std::string(word));
    if (word.starts_with('#')) return refuse("iPXE takes \"" + std::string(word) + "\" for a comment");
  }
  return {};
}

}  // namespace

Result<std::string> ipxe_script(const ScriptFacts& facts) {
  if (auto checked = check(facts.command_line); !checked) return checked.error();
  const std::string initrd_argument = facts.has_initramfs ? " initrd=" + std::string(initramfs_name) : "";
  std::string arguments = initrd_argument;
  if (!facts.command_line.empty()) arguments += " " + facts.command_line;
  if (arguments.size() > max_command_line) return refuse("it is longer than 2047 bytes");

  const auto fetch = [&](const std::string& command, std::string_view file, const std::string& rest) {
    const std::string line =
        command + " --name " + std::string(file) + " " + facts.url + "/" + std::string(file) + rest;
    return line + " || " + line + " || goto failed\n";
  };
  std::string script = "#!ipxe\necho rigbisect: run " + facts.run_id + "\n";
  script += fetch("kernel", kernel_name, arguments);
  if (facts.has_initramfs) script += fetch("initrd", initramfs_name, "");
  script += "boot || goto failed\n";
  script += ":failed\necho rigbisect: network boot failed\nsleep 2\nexit 1\n";
  return script;
}

}  // namespace rigbisect::netboot
