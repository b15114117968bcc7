#pragma once

#include <map>
#include <optional>
#include <string>

#include "bisect/event.h"

namespace rigbisect {

// What is known of the kernels of a campaign: built, broken, or neither yet.
class Kernels {
 public:
  void record(const BuildEnded& event);

  // Whether the commit needs no build any more: it was built or it does not build.
  bool settled(const CommitId& commit) const;
  bool built(const CommitId& commit) const { return built_.contains(commit); }
  // "" if it was not built, or has none.
  std::string signature(const CommitId& commit) const;
  // The first error of a commit that does not build.
  std::optional<std::string> failure(const CommitId& commit) const;
  std::string compiler(const CommitId& commit) const;

  // Times that the builder could not do its job since it last could.
  int faults_in_a_row() const { return faults_; }
  const std::string& last_fault() const { return last_fault_; }
  void forgive_faults() { faults_ = 0; }

 private:
  std::map<CommitId, std::string> built_;   // signature
  std::map<CommitId, std::string> broken_;  // first error
  std::map<CommitId, std::string> compiler_;
  int faults_ = 0;
  std::string last_fault_;
};

}  // namespace rigbisect
