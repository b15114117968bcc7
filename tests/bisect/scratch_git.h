#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bisect/commit_graph.h"

namespace rigbisect {

// A bare git repository in a temporary directory, driven by the installed git; gone with the object.
// Every method fails the running test case if git does.
class ScratchGit {
 public:
  ScratchGit();
  ~ScratchGit();
  ScratchGit(const ScratchGit&) = delete;
  ScratchGit& operator=(const ScratchGit&) = delete;

  // Makes these commits (parents first; ids are placeholders) and returns them with git's ids.
  std::vector<Commit> import(std::vector<Commit> commits);

  // What `git ARGUMENTS` prints. `git bisect` exits with 1 to 127 at an ordinary end: that is no failure.
  std::string run(std::vector<std::string> arguments, const std::string& input = "");

  const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

}  // namespace rigbisect
