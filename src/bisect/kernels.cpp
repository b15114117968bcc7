#include "bisect/kernels.h"

namespace rigbisect {

void Kernels::record(const BuildEnded& event) {
  if (const auto* fault = std::get_if<BuildFault>(&event.outcome)) {
    ++faults_;
    last_fault_ = fault->error.what;
    return;
  }
  faults_ = 0;
  compiler_[event.commit] = event.compiler;
  if (const auto* kernel = std::get_if<Built>(&event.outcome)) built_[event.commit] = kernel->signature;
  if (const auto* failed = std::get_if<BuildFailed>(&event.outcome)) {
    broken_[event.commit] = failed->first_error;
  }
}

bool Kernels::settled(const CommitId& commit) const {
  return built_.contains(commit) || broken_.contains(commit);
}

std::string Kernels::signature(const CommitId& commit) const {
  const auto found = built_.find(commit);
  return found == built_.end() ? "" : found->second;
}

std::optional<std::string> Kernels::failure(const CommitId& commit) const {
  const auto found = broken_.find(commit);
  if (found == broken_.end() || built_.contains(commit)) return std::nullopt;
  return found->second;
}

std::string Kernels::compiler(const CommitId& commit) const {
  const auto found = compiler_.find(commit);
  return found == compiler_.end() ? "" : found->second;
}

}  // namespace rigbisect
