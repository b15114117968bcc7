#include "cli/board_probe.h"

#include <iomanip>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/duration.h"
#include "base/text.h"
#include "cli/board_check.h"
#include "cli/campaign_result.h"
#include "cli/campaign_session.h"
#include "cli/workshop.h"
#include "config/timings_text.h"
#include "kernel/initramfs.h"
#include "run/board_probe.h"
#include "run/console_tap.h"
#include "target/init_image.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Duration kTestTime = 3s;
constexpr std::size_t kNonceBytes = 8;

struct ProbeOptions {
  std::vector<std::string> files;
  std::string kernel;
  bool firmware_only = false;
  bool write = false;
};

// A board with its devices; members go from the tap to the lease.
struct OpenedBoard {
  Board board;
  BoardLease lease;
  OpenBoard devices;
  std::unique_ptr<ConsoleTap> tap;
};

std::string seconds(Duration duration) {
  return format_duration(std::chrono::round<std::chrono::milliseconds>(duration / 100) * 100);
}

class Prober {
 public:
  Prober(const ProbeOptions& options, Environment& environment)
      : options_(options), environment_(environment) {}

  ExitCode run() {
    auto boards = load_boards(options_.files, environment_.drivers);
    if (!boards) return report_error(environment_.err, boards.error());
    if (!options_.firmware_only) {
      const auto found =
          options_.kernel.empty() ? kernel_for_probing(environment_.lab) : fs::path(options_.kernel);
      if (!found || ::access(found->c_str(), R_OK) != 0) {
        return report_error(
            environment_.err,
            Error{Errc::invalid, found ? printable(found->native()) + " cannot be read"
                                       : "there is no kernel to boot: name a bzImage with --kernel, "
                                         "or see what the firmware says with --firmware-only"});
      }
      kernel_ = *found;
      environment_.out << "kernel: " << printable(kernel_.native()) << "\n";
    }
    for (Board& board : *boards) open(std::move(board));
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      if (const auto probed = probe(i); !probed) {
        if (probed.error().code != Errc::cancelled) failed(opened_[i]->board.name, probed.error());
        if (environment_.stop.stop_requested()) return ExitCode::interrupted;
      }
    }
    return all_passed_ ? ExitCode::done : ExitCode::rig_failed;
  }

 private:
  // The power is off afterwards: the other boards listen while one is tried.
  void open(Board board) {
    auto lease = environment_.lease ? environment_.lease(board) : Result<BoardLease>(BoardLease{});
    auto devices = lease ? open_devices(board, *lease, environment_) : Result<OpenBoard>(lease.error());
    if (!devices) {
      failed(board.name, devices.error());
      for (const BoardFinding& finding : check_devices(board, environment_.drivers)) {
        environment_.out << "  " << (finding.serious ? "problem: " : "note: ") << finding.text << "\n";
      }
      return;
    }
    const auto off = devices->power->set(Power::off, environment_.clock.now() + board.timings.power, {});
    if (!off) return failed(board.name, off.error().within("power off"));
    auto opened = std::make_unique<OpenedBoard>(
        OpenedBoard{std::move(board), std::move(*lease), std::move(*devices), nullptr});
    opened->tap = std::make_unique<ConsoleTap>(*opened->devices.console, environment_.clock);
    opened_.push_back(std::move(opened));
  }

  Result<void> probe(std::size_t index) {
    OpenedBoard& own = *opened_[index];
    std::vector<Neighbour> neighbours;
    for (const auto& other : opened_) {
      if (other.get() != &own) neighbours.push_back({other->board.name, *other->tap});
    }
    environment_.out << own.board.name << "\n" << std::flush;
    const auto log = environment_.lab / "probes" / (own.board.name + ".console");
    if (auto made = make_directories(log.parent_path()); !made) return made;
    if (auto recording = own.tap->record(log); !recording) return recording;
    BoardProbe probe(own.board, *own.devices.power, *own.tap, *own.devices.boot, neighbours,
                     environment_.clock, [this](const ProbeStep& step) { print(step); });
    auto report =
        options_.firmware_only ? probe.run_firmware_only(environment_.stop) : boot(own.board, probe);
    if (!report) return report.error();
    if (auto kept = own.tap->stop_recording(); !kept) return kept;
    all_passed_ = all_passed_ && report->passed;
    environment_.out << "  console log: " << printable(log.native()) << "\n";
    return suggest(own.board, suggested_timings(report->measured), report->passed);
  }

  Result<ProbeReport> boot(const Board& board, BoardProbe& probe) {
    const std::string nonce = random_hex(kNonceBytes);
    const auto initramfs = environment_.lab / "probes" / (board.name + ".initramfs");
    // Our init is the reproducer too: run a second time it says so and ends.
    const auto written =
        write_initramfs(initramfs, target_init_image(), {nonce, kTestTime, false, {"/init"}}, {}, false);
    if (!written) return written.error();
    auto report = probe.run(
        {{kernel_, initramfs, board.command_line, "probe-" + nonce}, {nonce, "", "", {}, kTestTime}},
        environment_.stop);
    std::error_code ignored;
    fs::remove(initramfs, ignored);
    return report;
  }

  Result<void> suggest(const Board& board, const TimingRows& rows, bool passed) {
    if (!passed || rows.empty()) return {};
    if (!options_.write) {
      environment_.out << "  three times what was measured, for the board file (--write puts it in):\n";
      for (const std::string_view line : split(timings_text(rows), '\n')) {
        if (!line.empty()) environment_.out << "    " << line << "\n";
      }
      return {};
    }
    const auto text = read_file(board.file, 1 << 20);
    if (!text) return text.error();
    const auto edited = with_timings(*text, rows);
    if (!edited) return edited.error().within(printable(board.file.native()));
    if (const auto sound = parse_board(*edited, board.file, environment_.drivers); !sound)
      return sound.error();
    if (auto replaced = write_file_atomically(board.file, *edited); !replaced) return replaced;
    environment_.out << "  timings written to " << printable(board.file.native()) << "\n";
    return {};
  }

  void print(const ProbeStep& step) {
    environment_.out << "  " << std::left << std::setw(10) << step.name
                     << (step.passed ? "ok      " : "FAILED  ") << printable(step.seen) << " ("
                     << seconds(step.took) << ")\n"
                     << std::flush;
  }

  void failed(const std::string& board, const Error& error) {
    all_passed_ = false;
    environment_.out << printable(board) << "\n  FAILED  " << printable(error.what) << "\n" << std::flush;
  }

  const ProbeOptions& options_;
  Environment& environment_;
  fs::path kernel_;
  std::vector<std::unique_ptr<OpenedBoard>> opened_;
  bool all_passed_ = true;
};

std::optional<fs::path> newest(const fs::path& directory, const std::string& prefix, bool below) {
  std::optional<fs::path> best;
  fs::file_time_type best_time = fs::file_time_type::min();
  std::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error)) {
    const fs::path file = below ? i->path() / prefix : i->path();
    std::error_code missing;
    const auto time = fs::last_write_time(file, missing);
    const bool fits =
        !missing && file.filename().native().starts_with(prefix) && ::access(file.c_str(), R_OK) == 0;
    if (!fits || (best && time <= best_time)) continue;
    best = file;
    best_time = time;
  }
  return best;
}

}  // namespace

std::optional<fs::path> kernel_for_probing(const fs::path& lab, const fs::path& boot) {
  if (auto built = newest(lab / "kernels" / "images", "bzImage", true)) return built;
  return newest(boot, "vmlinuz", false);
}

void add_board_probe(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command =
      board.add_subcommand("probe", "Try a board's wiring for real: off, on, console, boot, off again");
  auto options = std::make_shared<ProbeOptions>();
  command->add_option("FILE", options->files, "Board files; several find swapped consoles and outlets too")
      ->required();
  command->add_option("--kernel", options->kernel,
                      "bzImage to boot (default: the newest of this lab, else one of this host's in /boot)");
  command->add_flag("--firmware-only", options->firmware_only,
                    "Boot nothing: switch on, wait for the firmware's first words, switch off");
  command->add_flag("--write", options->write, "Put the suggested timings into the board files");
  command->footer(
      "Machines are switched off and on: use it on none that anybody needs. The power is off at the end, "
      "whatever\n"
      "happens. Exit status: 0 all is well, 2 bad input, 3 something failed.");
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(Prober(*options, environment).run()); });
}

}  // namespace rigbisect
