#include "bisect/outcome.h"

namespace rigbisect {
namespace {

struct Describe {
  std::string operator()(const Survived&) const { return "OK"; }
  std::string operator()(const Crashed& crashed) const {
    return "crashed: " + (crashed.reports.empty() ? "without a report" : crashed.reports.front().title);
  }
  std::string operator()(const Hung& hung) const { return "hung: " + hung.evidence; }
  std::string operator()(const BootFailed& failed) const { return "boot failed: " + failed.why; }
  std::string operator()(const BenchFault& fault) const { return "bench fault: " + fault.error.what; }
};

}  // namespace

std::string describe(const RunOutcome& outcome) {
  return std::visit(Describe{}, outcome);
}

}  // namespace rigbisect
