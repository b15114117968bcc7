#include <algorithm>

#include "base/text.h"
#include "config/import.h"
#include "config/import_parts.h"

// Source: LAVA's documentation, "Device dictionaries" and "Power commands"; Jinja2 `set`.
namespace rigbisect {
namespace {

struct Setting {
  int line = 0;
  std::string key, value;
};

// The value without its quotes; lists and maps stay as they are.
std::string unquoted(std::string_view value) {
  value = trim(value);
  const bool quoted =
      value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front();
  return std::string(quoted ? value.substr(1, value.size() - 2) : value);
}

class LavaImporter {
 public:
  LavaImporter(Imported& result, ImportedBoard& board) : result_(result), board_(board) {}

  void take(const Setting& setting) {
    if (setting.key == "connection_command") return console(setting);
    if (setting.key == "power_on_command") return command(setting, "on");
    if (setting.key == "power_off_command") return command(setting, "off");
    if (setting.key == "hard_reset_command")
      return note(setting.line,
                  "hard_reset_command is not needed: rigbisect switches off, proves it, and on");
    if (setting.key == "pre_power_command" || setting.key == "pre_os_command")
      return note(setting.line, setting.key + " has no counterpart: put it into a `command` power switch");
    if (setting.key == "connection_list" || setting.key == "connection_commands" ||
        setting.key == "connection_tags")
      return note(setting.line,
                  setting.key + ": a board has one console here; name the one with the kernel's messages");
    if (setting.key == "console_device" || setting.key == "baud_rate")
      return note(setting.line, "put '" + setting.value + "' into `command_line` (console=ttyS0,115200)");
    note(setting.line, setting.key + " is not needed or has no counterpart");
  }

  void finish() {
    if (on_ && off_ && !board_.power) {
      board_.power = ImportedPart{on_->first, "command", {}, {{"on", on_->second}, {"off", off_->second}}};
    } else if (on_.has_value() != off_.has_value()) {
      note((on_ ? on_ : off_)->first,
           "a machine is switched by power_on_command and power_off_command together: one is missing");
    }
  }

 private:
  using Words = std::vector<std::string>;

  void console(const Setting& setting) {
    const auto words = command_words(setting.value);
    if (words && words->size() >= 3 && (*words)[0] == "telnet") {
      board_.console = ImportedPart{setting.line, "tcp", {{"host", (*words)[1]}, {"port", (*words)[2]}}, {}};
      note(setting.line,
           "telnet became `tcp`: ser2net's port must be a raw one, or choose a driver that speaks telnet "
           "(`rigbisect drivers`)");
    } else {
      note(setting.line, "connection_command is no telnet: `rigbisect drivers` lists the consoles");
    }
  }

  static std::string option(const Words& words, const std::string& name) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == name && i + 1 < words.size()) return words[i + 1];
      if (words[i].starts_with(name + "=")) return words[i].substr(name.size() + 1);
    }
    return "CHANGE";
  }

  void command(const Setting& setting, const std::string& action) {
    const auto words = command_words(setting.value);
    if (!words || words->empty())
      return note(setting.line,
                  setting.key + " needs a shell: write a script and name it in a `command` switch");
    const std::string program = (*words)[0].substr((*words)[0].find_last_of('/') + 1);
    if (program == "pduclient") {
      board_.power = ImportedPart{setting.line,
                                  "pdudaemon",
                                  {{"url", "http://" + option(*words, "--daemon") + ":16421"},
                                   {"pdu", option(*words, "--hostname")},
                                   {"outlet", option(*words, "--port")}},
                                  {}};
      return;
    }
    (action == "on" ? on_ : off_) = {setting.line, *words};
  }

  void note(int line, const std::string& text) { result_.notes.push_back({line, text}); }

  Imported& result_;
  ImportedBoard& board_;
  std::optional<std::pair<int, Words>> on_, off_;
};

// "{% set KEY = VALUE %}", also with {%- and -%}.
std::optional<Setting> setting_in(std::string_view line, int number) {
  const auto begin = line.find("{%");
  const auto end = line.rfind("%}");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 2)
    return std::nullopt;
  std::string_view inside = line.substr(begin + 2, end - begin - 2);
  if (inside.starts_with('-')) inside.remove_prefix(1);
  if (inside.ends_with('-')) inside.remove_suffix(1);
  inside = trim(inside);
  const auto equals = inside.find('=');
  if (!inside.starts_with("set ") || equals == std::string_view::npos) return std::nullopt;
  return Setting{number, std::string(trim(inside.substr(4, std::max<std::size_t>(equals, 4) - 4))),
                 unquoted(inside.substr(equals + 1))};
}

}  // namespace

Result<Imported> import_lava(std::string_view text, const std::string& name) {
  Imported result;
  ImportedBoard board;
  board.name = name;
  LavaImporter importer(result, board);
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (const auto setting = setting_in(line, number)) {
      importer.take(*setting);
    } else if (const auto extends = line.find("{% extends"); extends != std::string_view::npos) {
      result.notes.push_back(
          {number, "what this file extends is not followed: its commands are to be copied by hand"});
    }
  }
  importer.finish();
  if (!board.power && !board.console)
    return Error{Errc::invalid,
                 "no power_on_command, power_off_command or connection_command that could be used was found: "
                 "is this a LAVA device dictionary? " +
                     notes_text(result.notes)};
  result.boards.push_back(std::move(board));
  return result;
}

}  // namespace rigbisect
