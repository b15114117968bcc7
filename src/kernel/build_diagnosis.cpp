#include "kernel/build_diagnosis.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestLine = 2000;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Fault {
  std::string_view mark;
  bool at_end;  // only where a tool reports it, not in source text that a warning quotes
  std::string_view advice;
};

constexpr std::array<Fault, 13> kFaults{{
    {": No space left on device", true, "the disk is full: make room and resume"},
    {": Disk quota exceeded", true, "the disk quota is used up: make room and resume"},
    {": Read-only file system", true, "a directory of the build became read-only"},
    {": Input/output error", true, "the disk of the controller fails"},
    {": Stale file handle", true, "the file server of the build went away"},
    {": Too many open files", true, "raise the limit of open files (ulimit -n)"},
    {": Cannot allocate memory", true,
     "the controller is out of memory: fewer jobs (kernel: jobs) or more memory"},
    {"virtual memory exhausted", false,
     "the controller is out of memory: fewer jobs (kernel: jobs) or more memory"},
    {"out of memory allocating", false,
     "the controller is out of memory: fewer jobs (kernel: jobs) or more memory"},
    {"Killed signal terminated program", false,
     "the compiler was killed, probably for want of memory: fewer jobs (kernel: jobs) or more memory"},
    {"fork: Resource temporarily unavailable", false, "too many processes: fewer jobs (kernel: jobs)"},
    {": cannot execute 'cc1", false, "the compiler is not installed completely"},
    {"ccache: error: ", false, "ccache does not work: repair it or switch it off (kernel: ccache: false)"},
}};

// Host programs and headers that a kernel build needs, and the Debian package that brings them.
struct Tool {
  std::string_view name, package;
};
constexpr std::array<Tool, 10> kTools{{{"flex", "flex"},
                                       {"bison", "bison"},
                                       {"bc", "bc"},
                                       {"perl", "perl"},
                                       {"openssl/", "libssl-dev"},
                                       {"libelf.h", "libelf-dev"},
                                       {"gelf.h", "libelf-dev"},
                                       {"lz4", "lz4"},
                                       {"zstd", "zstd"},
                                       {"xz", "xz-utils"}}};

std::optional<std::string> missing_tool(std::string_view line) {
  const bool program = line.ends_with(": not found") || line.ends_with(": command not found");
  const bool header = contains(line, "fatal error: ") && line.ends_with(": No such file or directory");
  if (!program && !header) return std::nullopt;
  for (const Tool& tool : kTools) {
    const std::string name(tool.name);
    if ((program && contains(line, ": " + name + ": ")) ||
        (header && contains(line, "fatal error: " + name))) {
      return "the kernel build needs " + std::string(tool.package) + ": apt-get install " +
             std::string(tool.package);
    }
  }
  return std::nullopt;
}

std::optional<std::string> fault_in(std::string_view line) {
  for (const Fault& fault : kFaults) {
    if (fault.at_end ? line.ends_with(fault.mark) : contains(line, fault.mark))
      return std::string(fault.advice);
  }
  return missing_tool(line);
}

bool is_specific(std::string_view line) {
  constexpr std::array<std::string_view, 15> kMarks{": error: ",
                                                    ": fatal error: ",
                                                    ": undefined reference to ",
                                                    ": multiple definition of ",
                                                    "ERROR: modpost",
                                                    ": Error: ",
                                                    "error: objtool",
                                                    ": syntax error",
                                                    "*** No rule to make target",
                                                    ": *** missing separator",
                                                    "Error: recursive dependency",
                                                    ": internal compiler error: ",
                                                    "ld: cannot find ",
                                                    "relocation truncated to fit",
                                                    "FAILED unresolved symbol"};
  if (line.starts_with("ERROR: ") || line.starts_with("error: ")) return true;
  return std::any_of(kMarks.begin(), kMarks.end(), [&](auto mark) { return contains(line, mark); });
}

}  // namespace

void BuildDiagnosis::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    pending_ += part.substr(0, kLongestLine - std::min(pending_.size(), kLongestLine));
    if (end == std::string_view::npos) return;
    finish();
    piece.remove_prefix(end + 1);
  }
}

void BuildDiagnosis::finish() {
  if (!pending_.empty()) line(trim(pending_));
  pending_.clear();
}

void BuildDiagnosis::line(std::string_view text) {
  if (text.empty()) return;
  if (!fault_) {
    if (const auto advice = fault_in(text)) fault_ = printable(text) + ": " + *advice;
  }
  if (specific_.empty() && is_specific(text)) specific_ = printable(text);
  if (general_.empty() && contains(text, "*** ")) general_ = printable(text);
  last_ = text;
}

std::string BuildDiagnosis::first_error() const {
  if (!specific_.empty()) return specific_;
  return !general_.empty() ? general_ : printable(last_);
}

}  // namespace rigbisect
