#include "drivers/boot/loader_script.h"

#include <algorithm>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongest = 2047;  // Linux on x86: COMMAND_LINE_SIZE

bool is_plain(const std::string& line) {
  return line.size() <= kLongest &&
         std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Error cannot_pass(const std::string& loader, const std::string& line) {
  return Error{Errc::invalid,
               loader + " cannot pass this kernel command line unchanged: '" + printable(line) + "'"};
}

}  // namespace

Result<std::string> pxelinux_command_line(const std::string& line) {
  if (!is_plain(line)) return cannot_pass("pxelinux", line);
  return line;
}

Result<std::string> ipxe_command_line(const std::string& line) {
  bool passes = is_plain(line);
  for (const std::string_view word : split(line, ' ')) {
    passes = passes && word != "||" && word != "&&" && word != ";" && !word.starts_with('#') &&
             word.find("${") == std::string_view::npos;
  }
  if (!passes) return cannot_pass("iPXE", line);
  return line;
}

Result<std::string> grub_command_line(const std::string& line) {
  if (!is_plain(line) || line.find_first_of("'\"\\") != std::string::npos) return cannot_pass("GRUB", line);
  std::string words;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) words.append(" '").append(word).append("'");
  }
  return words;
}

std::string ipxe_script(const std::string& directory, const std::string& line) {
  return "#!ipxe\n# made by rigbisect\nkernel --name kernel " + directory + "/kernel initrd=initrd " + line +
         "\ninitrd --name initrd " + directory + "/initrd\n";
}

GrubCommands grub_commands(const std::string& directory, const std::string& line) {
  return {"linux '" + directory + "/kernel'" + line, "initrd '" + directory + "/initrd'"};
}

}  // namespace rigbisect
