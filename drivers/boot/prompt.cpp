#include <algorithm>
#include <optional>

#include "base/text.h"
#include "drivers/boot/loader_script.h"
#include "drivers/boot/prompt_dialogue.h"
#include "drivers/boot/staging.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// Said by the loader, in whatever language it speaks, when all went well. It is never part of what is typed
// after the last Enter, so no echo is taken for it.
constexpr std::string_view kDone = "rigbisect-ok";
constexpr std::size_t kMostQuoted = 300;

// What a boot loader says and understands.
struct Loader {
  std::string banner;             // it can be interrupted from here on
  std::vector<std::string> keys;  // which lead from there, and from the prompt, to the prompt
  std::string prompt;
  std::string before, after;  // around a command, so that it says kDone
  std::string load;           // runs a file of commands and comes back, loaded
  std::vector<std::string> prepare;
  Result<std::string> (*command_line)(const std::string&);
  std::string (*script)(const std::string& directory, const std::string& line);
};

// Escape leaves a prompt, shows a menu that is hidden and ends a countdown; at a menu it does nothing.
Loader grub() {
  return {.banner = "GNU GRUB",
          .keys = {"\x1b", "c"},
          .prompt = "grub> ",
          .before = "if ",
          .after = "; then echo rigbisect-ok; fi",
          .load = "source ",
          .prepare = {},
          .command_line = grub_command_line,
          // `source` succeeds whatever the commands in the file do, and GRUB has no `&&`.
          .script = [](const std::string& directory, const std::string& line) {
            const GrubCommands commands = grub_commands(directory, line);
            return "if " + commands.load_kernel + "; then\n  if " + commands.load_initramfs +
                   "; then echo rigbisect-ok; fi\nfi\n";
          }};
}

// An iPXE script ends at its first command that fails.
Loader ipxe() {
  return {.banner = "Press Ctrl-B for the iPXE command line",
          .keys = {"\x02"},
          .prompt = "iPXE> ",
          .before = "",
          .after = " && echo rigbisect-ok",
          .load = "chain ",
          .prepare = {"dhcp"},
          .command_line = ipxe_command_line,
          .script = [](const std::string& directory, const std::string& line) {
            return ipxe_script(directory, line) + "echo rigbisect-ok\n";
          }};
}

class LoaderPrompt : public BootMedium, public BootHandover {
 public:
  LoaderPrompt(Loader loader, Staging site, std::string from, std::string config, Clock& clock)
      : loader_(std::move(loader)),
        site_(std::move(site)),
        from_(std::move(from)),
        config_(std::move(config)),
        clock_(clock) {}

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token stop) override {
    const auto line = loader_.command_line(intent.command_line);
    if (!line) return line.error();
    reached_ = "the boot loader was not seen";
    return site_.put(intent, loader_.script(from_ + "/" + site_.place_of(intent).native(), *line), stop);
  }

  Result<void> disarm() override { return site_.remove(); }
  std::vector<BootStage> timeline() const override { return {}; }
  std::string diagnose() const override { return reached_; }
  BootHandover* handover() override { return this; }

  Result<void> hand_over(ConsoleFeed& console, Deadline deadline, std::stop_token stop) override {
    PromptDialogue dialogue(console, clock_, deadline, std::move(stop));
    if (auto seen = dialogue.wait_for(loader_.banner); !seen) return seen;
    if (auto there = dialogue.press_until(loader_.keys, loader_.prompt); !there) return there;
    reached_ = "the boot loader's prompt was reached";
    for (const std::string& command : loader_.prepare) {
      if (auto done = run(dialogue, loader_.before + command + loader_.after); !done) return done;
    }
    if (auto loaded = run(dialogue, loader_.load + from_ + "/" + config_); !loaded) return loaded;
    if (auto booted = dialogue.enter("boot"); !booted) return booted;
    reached_ = "the boot loader had loaded kernel and initramfs and was told to boot them";
    return {};
  }

 private:
  Result<void> run(PromptDialogue& dialogue, const std::string& line) {
    if (auto entered = dialogue.enter(line); !entered) return entered;
    const auto answer = dialogue.answer(loader_.prompt);
    if (!answer) return answer.error().within("'" + line + "'");
    if (answer->find(kDone) != std::string::npos) return {};
    const std::string_view all = trim(*answer);
    return Error{Errc::protocol, "the boot loader was told '" + line + "', and said '" +
                                     printable(all.substr(0, kMostQuoted)) + "'"};
  }

  Loader loader_;
  Staging site_;
  std::string from_, config_;
  Clock& clock_;
  std::string reached_;
};

bool can_be_typed(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<std::unique_ptr<BootMedium>> make_prompt(const DriverOptions& options, const DriverContext& context) {
  const bool is_grub = options.text("loader") == "grub";
  Loader loader = is_grub ? grub() : ipxe();
  if (options.has("banner")) loader.banner = options.text("banner");
  if (options.has("prepare")) loader.prepare = options.list("prepare");
  std::string from = options.text("from");
  while (from.ends_with('/')) from.pop_back();
  if (!can_be_typed(from) || from.find_first_of(" '\"\\") != std::string::npos)
    return Error{Errc::invalid, "`from` has no blanks, quotes or other than ASCII characters"};
  if (!std::all_of(loader.prepare.begin(), loader.prepare.end(), can_be_typed))
    return Error{Errc::invalid, "`prepare` has other than ASCII characters, which cannot be typed"};
  const std::string config = "rigbisect/" + context.board + (is_grub ? ".cfg" : ".ipxe");
  auto site = Staging::open(options.text("root"), context.board, config);
  if (!site) return site.error();
  return std::unique_ptr<BootMedium>(std::make_unique<LoaderPrompt>(std::move(loader), std::move(*site),
                                                                    std::move(from), config, context.clock));
}

constexpr const char* kPromptNotes =
    R"(For a machine whose boot loader talks on the board's console: it is stopped there at each power-on and told to load what
was put into a directory that it can read. Nothing on the machine is changed: without us it boots as ever.

  loader: grub    `c` is pressed at its menu, for which GRUB must have this UART as its terminal (`terminal_input serial`,
                  `terminal_output serial`) and wait for some seconds. A hidden menu says nothing: what comes before it
                  is its `banner`, such as "Welcome to GRUB" where the firmware redirects the screen
  loader: ipxe    Ctrl-B is pressed when it offers that; iPXE must be built with its serial console, or run on a firmware
                  that redirects the screen

`root` is a directory of this machine, `from` is the boot loader's name for it: a TFTP or HTTP server, or a disk that both
share. Then ROOT/rigbisect/BOARD.ipxe is typed as FROM/rigbisect/BOARD.ipxe. `prepare` are commands that are typed before;
for iPXE, `dhcp` if there are none. What is typed is checked by its echo before Enter, and each command by what comes of it.

  boot:
    driver: prompt
    loader: grub
    root: /srv/tftp
    from: (tftp,10.77.0.1)
    prepare: [net_bootp]

  # iPXE:            loader: ipxe     root: /var/www/html     from: http://10.77.0.1
  # another disk:    loader: grub     root: /mnt/shared       from: (hd1,msdos1)

`timings: firmware`, `loader` and `kernel` together are what it may take until everything is loaded.

Source: GRUB manual 2.06, "The command-line interface", "source", "Networking commands"; ipxe.org/cmd, "chain", "dhcp".)";

}  // namespace

DriverRow<BootMedium> prompt_driver() {
  return {
      .name = "prompt",
      .summary = "GRUB or iPXE is stopped on the console and told what to boot",
      .notes = kPromptNotes,
      .options =
          {
              {.name = "loader",
               .required = true,
               .help = "the boot loader with the prompt",
               .choices = {"grub", "ipxe"}},
              {.name = "root",
               .type = OptionType::path,
               .required = true,
               .help = "directory that the boot loader can read, served or shared",
               .shared = true},
              {.name = "from",
               .required = true,
               .help = "what the boot loader calls it: http://HOST, (hd1,msdos1)"},
              {.name = "prepare",
               .type = OptionType::list,
               .help = "commands typed before, such as what starts its network"},
              {.name = "banner", .help = "what it says when it can be interrupted; default: its usual words"},
          },
      .make = make_prompt,
  };
}

}  // namespace rigbisect
