#include "cli/board_import.h"

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/campaign_result.h"
#include "config/import.h"
#include "config/yaml_tree.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

struct ImportOptions {
  std::string tool;
  std::string file;
  std::string directory;
};

Result<Imported> import_file(const ImportOptions& options) {
  const auto text = read_yaml_file(options.file);
  if (!text) return text.error();
  if (options.tool == "labgrid") return import_labgrid(*text, options.file);
  if (options.tool == "pdudaemon") return import_pdudaemon(*text, options.file);
  auto imported = import_lava(*text, fs::path(options.file).stem().string());
  if (!imported) return imported.error().within(options.file);
  return imported;
}

ExitCode import(const ImportOptions& options, Environment& environment) {
  const auto imported = import_file(options);
  if (!imported) return report_error(environment.err, imported.error());
  environment.err << printable(options.file) << ": " << imported->boards.size()
                  << " board(s). To be checked, or without a counterpart:\n"
                  << notes_text(imported->notes);
  for (const ImportedBoard& board : imported->boards) {
    const std::string text = board_text(board);
    const std::string name = text.substr(7, text.find('\n') - 7) + ".yaml";
    if (options.directory.empty()) {
      environment.out << "# " << name << "\n" << text << "\n";
      continue;
    }
    const fs::path file = fs::path(options.directory) / name;
    std::error_code error;
    if (fs::exists(file, error)) {
      return report_error(environment.err,
                          Error{Errc::invalid, printable(file.native()) + " exists already"});
    }
    if (auto written = write_file_atomically(file, text); !written)
      return report_error(environment.err, written.error());
    environment.out << printable(file.native()) << "\n";
  }
  if (imported->boards.empty()) {
    return report_error(environment.err,
                        Error{Errc::invalid, options.file + ": nothing in it maps to a board"});
  }
  return ExitCode::done;
}

}  // namespace

void add_board_import(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand("import", "Make board files of another tool's configuration");
  auto options = std::make_shared<ImportOptions>();
  command
      ->add_option("TOOL", options->tool,
                   "labgrid (environment or exporter), pdudaemon (its .conf) or lava (a device dictionary)")
      ->required()
      ->check(CLI::IsMember({"labgrid", "pdudaemon", "lava"}));
  command->add_option("FILE", options->file, "The other tool's file")->required();
  command->add_option("--to", options->directory,
                      "Write the board files into this directory, not to the output");
  command->footer(
      "What does not map, or is to be looked at, goes to standard error with its line. CHANGE stands where "
      "something\n"
      "is missing; `rigbisect board check` finds each.");
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(import(*options, environment)); });
}

}  // namespace rigbisect
