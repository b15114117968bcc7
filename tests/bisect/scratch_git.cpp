#include "scratch_git.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>

#include <doctest/doctest.h>

#include "os/process.h"
#include "os/real_clock.h"

namespace rigbisect {

ScratchGit::ScratchGit() {
  std::string name = (std::filesystem::temp_directory_path() / "rigbisect-git-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  run({"init", "-q", "--bare", "-b", "main", "."});
}

ScratchGit::~ScratchGit() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<Commit> ScratchGit::import(std::vector<Commit> commits) {
  std::map<CommitId, std::string> marks;
  std::string stream;
  for (const Commit& commit : commits) {
    const std::string mark = std::to_string(marks.size() + 1);
    marks[commit.id] = mark;
    stream += "commit refs/heads/main\nmark :" + mark + "\ncommitter Ann <ann@example.org> " +
              std::to_string(commit.time) + " +0000\ndata " + std::to_string(commit.subject.size()) + "\n" +
              commit.subject + "\n";
    for (std::size_t i = 0; i < commit.parents.size(); ++i) {
      stream += (i == 0 ? "from :" : "merge :") + marks.at(commit.parents[i]) + "\n";
    }
    stream += "\n";
  }
  run({"fast-import", "--quiet", "--force", "--export-marks=marks"}, stream);
  std::map<std::string, CommitId> ids;
  std::ifstream file(directory_ / "marks");
  for (std::string mark, id; file >> mark >> id;) ids[mark.substr(1)] = id;
  for (Commit& commit : commits) {
    for (CommitId& parent : commit.parents) parent = ids.at(marks.at(parent));
    commit.id = ids.at(marks.at(commit.id));
  }
  return commits;
}

std::string ScratchGit::run(std::vector<std::string> arguments, const std::string& input) {
  const bool bisect = arguments.front() == "bisect";
  Command command{.argv = {"git"}, .directory = directory_, .standard_input = input};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = clean_environment();
  (*command.environment)["HOME"] = directory_.string();
  (*command.environment)["GIT_CONFIG_NOSYSTEM"] = "1";
  (*command.environment)["LC_ALL"] = "C";
  RealClock clock;
  const auto finished = run_command(command, {}, clock);
  REQUIRE_MESSAGE(finished.ok(), (finished.ok() ? "" : finished.error().what));
  const bool fine = finished->exit_code == 0 || (bisect && finished->exit_code < 128);
  REQUIRE_MESSAGE(fine, finished->output);
  return finished->output;
}

}  // namespace rigbisect
