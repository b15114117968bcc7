#include "cli/parse_console.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "crash/crash_parser.h"

namespace rigbisect {
namespace {

constexpr int status_unreadable = 2;
constexpr std::size_t piece_size = 64 * 1024;

std::string display_name(const std::string& file) {
  return file == "-" ? "(standard input)" : printable(file);
}

nlohmann::json to_json(const CrashReport& report) {
  nlohmann::json json = {{"title", report.title},
                         {"alt_titles", report.alt_titles},
                         {"type", report.type},
                         {"corrupted", report.corrupted},
                         {"suppressed", report.suppressed},
                         {"panicked", report.panicked},
                         {"frame", report.frame},
                         {"guilty_file", report.guilty_file},
                         {"start", report.start},
                         {"end", report.end},
                         {"report", report.report}};
  json["executor"] = nullptr;
  if (report.executor) json["executor"] = {{"id", report.executor->id}, {"proc", report.executor->proc}};
  return json;
}

void print_json(const std::string& name, const std::vector<CrashReport>& reports, std::ostream& out) {
  nlohmann::json json = {{"log", name}, {"reports", nlohmann::json::array()}};
  for (const auto& report : reports) json["reports"].push_back(to_json(report));
  // Console bytes are in any encoding, or none.
  out << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_list(const char* name, const std::vector<std::string>& values, std::ostream& out) {
  for (const auto& value : values) out << "  " << name << ": " << printable(value) << '\n';
}

void print_text(const std::string& name, const std::vector<CrashReport>& reports, std::ostream& out) {
  if (reports.empty()) out << display_name(name) << ": no crash\n";
  for (const auto& report : reports) {
    out << printable(report.title) << '\n';
    out << "  log: " << display_name(name) << ", bytes " << report.start << '-' << report.end << '\n';
    print_list("also known as", report.alt_titles, out);
    if (!report.type.empty()) out << "  type: " << report.type << '\n';
    if (!report.guilty_file.empty()) out << "  file: " << printable(report.guilty_file) << '\n';
    if (report.corrupted) out << "  corrupted: the text is damaged, the title may be wrong\n";
    if (report.suppressed) out << "  suppressed: probably not a bug of the kernel\n";
    if (report.panicked) out << "  the kernel panicked\n";
    out << '\n' << printable(report.report, true) << '\n';
  }
}

class Output {
 public:
  Output(const ParseConsoleOptions& options, std::ostream& out) : options_(options), out_(out) {}

  void print(const std::string& name, std::vector<CrashReport> reports) {
    if (!options_.all && reports.size() > 1) reports.resize(1);
    (options_.json ? print_json : print_text)(name, reports, out_);
    out_.flush();
  }

 private:
  const ParseConsoleOptions& options_;
  std::ostream& out_;
};

// Tells of an oops at once, on `err`: the report itself is printed when all of it is there.
class Announcer {
 public:
  explicit Announcer(std::ostream& err) : err_(err) {}

  void look(const CrashStream& stream) {
    if (told_ || stream.started().empty()) return;
    told_ = true;
    err_ << "crash begins: " << printable(stream.started()) << std::endl;
  }

 private:
  std::ostream& err_;
  bool told_ = false;
};

// False if reading failed.
bool read_all(std::istream& in, CrashStream& stream) {
  std::array<char, piece_size> piece{};
  while (in) {
    in.read(piece.data(), piece.size());
    stream.feed({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  return !in.bad();
}

// A line at a time, so that nothing waits for a full buffer.
bool follow(std::istream& in, CrashStream& stream, std::ostream& err) {
  Announcer announcer(err);
  for (char c = 0; in.get(c);) {
    stream.feed({&c, 1});
    if (c == '\n') announcer.look(stream);
  }
  return !in.bad();
}

// Why the file cannot be read as a log, if so.
std::optional<std::string> refusal(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (error) return error.message();
  if (std::filesystem::is_directory(status)) return "is a directory; name the logs in it";
  if (std::filesystem::is_character_file(status) || std::filesystem::is_block_file(status))
    return "is a device; pipe a live line in with --follow -";
  if (std::filesystem::is_socket(status)) return "is a socket; pipe its data in through standard input";
  return std::nullopt;
}

class Runner {
 public:
  Runner(const ParseConsoleOptions& options, std::istream& in, std::ostream& out, std::ostream& err)
      : options_(options), in_(in), err_(err), output_(options, out) {}

  bool run(const std::string& name) {
    if (name == "-") return parse(name, in_);
    if (const auto why = refusal(name)) return fail(name, *why);
    std::ifstream file(name, std::ios::binary);
    if (!file) return fail(name, "cannot be opened; check that it exists and may be read");
    return parse(name, file);
  }

 private:
  bool parse(const std::string& name, std::istream& in) {
    CrashStream stream;
    const bool read = options_.follow ? follow(in, stream, err_) : read_all(in, stream);
    if (!read) return fail(name, "reading failed");
    output_.print(name, stream.reports());
    return true;
  }

  bool fail(const std::string& name, const std::string& why) {
    err_ << "rigbisect parse-console: " << display_name(name) << ": " << why << std::endl;
    return false;
  }

  const ParseConsoleOptions& options_;
  std::istream& in_;
  std::ostream& err_;
  Output output_;
};

}  // namespace

int parse_console(const ParseConsoleOptions& options, std::istream& in, std::ostream& out,
                  std::ostream& err) {
  Runner runner(options, in, out, err);
  const auto files = options.files.empty() ? std::vector<std::string>{"-"} : options.files;
  int status = 0;
  for (const auto& file : files)
    if (!runner.run(file)) status = status_unreadable;
  return status;
}

void add_parse_console(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ParseConsoleOptions>();
  auto* command = app.add_subcommand("parse-console", "Say what crashed in console logs");
  command->add_flag("--all", options->all, "Every crash of a log, not only the first");
  command
      ->add_option_function<std::string>(
          "--format", [options](const std::string& format) { options->json = format == "json"; },
          "text for people, json for programs (one object a log on a line)")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--follow", options->follow, "Watch a live log and tell of a crash as soon as it begins");
  command->add_option("files", options->files, "Logs; '-' or none: standard input");
  command->callback(
      [options, &exit_code] { exit_code = parse_console(*options, std::cin, std::cout, std::cerr); });
}

}  // namespace rigbisect
