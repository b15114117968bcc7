#include "cli/crash_printer.h"

#include <ostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace rigbisect {
namespace {

nlohmann::json to_json(const CrashReport& report) {
  nlohmann::json json = {{"title", report.title},
                         {"alt_titles", report.alt_titles},
                         {"type", report.type},
                         {"corrupted", report.corrupted},
                         {"suppressed", report.suppressed},
                         {"panicked", report.panicked},
                         {"executor", nullptr},
                         {"frame", report.frame},
                         {"guilty_file", report.guilty_file},
                         {"start", report.start},
                         {"end", report.end},
                         {"report", report.report}};
  if (report.executor) json["executor"] = {{"id", report.executor->id}, {"proc", report.executor->proc}};
  if (!report.repairs.empty()) json["repaired"] = report.repairs;
  return json;
}

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A log may have any number of reports: they are printed one by one, not collected.
class JsonPrinter : public CrashPrinter {
 public:
  explicit JsonPrinter(std::ostream& out) : out_(out) {}

  void begin(const std::string& log) override { before_ = R"({"log":)" + dump(log) + R"(,"reports":[)"; }
  void print(const CrashReport& report) override {
    out_ << before_ << dump(to_json(report));
    before_ = ",";
  }
  void end() override { out_ << (before_ == "," ? "" : before_) << "]}" << std::endl; }

 private:
  std::ostream& out_;
  std::string before_;  // the next report
};

class TextPrinter : public CrashPrinter {
 public:
  explicit TextPrinter(std::ostream& out) : out_(out) {}

  void begin(const std::string& log) override {
    log_ = console_log_name(log);
    any_ = false;
  }
  void print(const CrashReport& report) override {
    any_ = true;
    out_ << printable(report.title) << '\n';
    out_ << "  log: " << log_ << ", bytes " << report.start << '-' << report.end << '\n';
    list("also known as", report.alt_titles);
    if (!report.type.empty()) out_ << "  type: " << report.type << '\n';
    if (!report.guilty_file.empty()) out_ << "  file: " << printable(report.guilty_file) << '\n';
    if (report.corrupted) out_ << "  corrupted: the text is damaged, the title may be wrong\n";
    if (report.suppressed) out_ << "  suppressed: probably not a bug of the kernel\n";
    if (report.panicked) out_ << "  the kernel panicked\n";
    list("repaired", report.repairs);
    out_ << '\n' << printable(report.report, true) << std::endl;
  }
  void end() override {
    if (!any_) out_ << log_ << ": no crash" << std::endl;
  }

 private:
  void list(const char* name, const std::vector<std::string>& values) {
    for (const auto& value : values) out_ << "  " << name << ": " << printable(value) << '\n';
  }

  std::ostream& out_;
  std::string log_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<CrashPrinter> text_crash_printer(std::ostream& out) {
  return std::make_unique<TextPrinter>(out);
}

std::unique_ptr<CrashPrinter> json_crash_printer(std::ostream& out) {
  return std::make_unique<JsonPrinter>(out);
}

std::string console_log_name(const std::string& log) {
  return log == "-" ? "(standard input)" : printable(log);
}

}  // namespace rigbisect
