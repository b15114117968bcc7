#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.h"
#include "os/process.h"
#include "os/real_clock.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect::test {

// One commit of a scratch history. Commits are named by `mark` among themselves.
struct ScratchCommit {
  std::string mark;
  std::vector<std::string> parents = {};          // marks
  std::map<std::string, std::string> files = {};  // "path" or "100755 path" or "120000 path" -> content
  std::vector<std::string> tags = {};
  std::string message = {};  // default: the mark
  std::string author = "A U Thor <author@example.org> 1534448948 +0200";
  bool keep_parent_files = false;
};

// A bare git repository with the given history, made by git itself.
class ScratchRepository {
 public:
  explicit ScratchRepository(const std::vector<ScratchCommit>& commits) {
    git({"init", "-q", "--bare", "-b", "main", path().native()});
    std::map<std::string, int> number;
    std::string stream;
    for (const ScratchCommit& commit : commits) {
      const int mark = static_cast<int>(number.size()) + 1;
      number[commit.mark] = mark;
      stream += describe(commit, mark, number);
    }
    git({"-C", path().native(), "fast-import", "--quiet", "--export-marks=" + (path() / "marks").native()},
        stream);
    std::ifstream marks(path() / "marks");
    std::map<int, std::string> id_of;
    std::string mark;
    std::string id;
    while (marks >> mark >> id) id_of[std::stoi(mark.substr(1))] = id;
    for (const auto& [name, n] : number) ids_[name] = id_of[n];
  }

  std::filesystem::path path() const { return scratch_.path() / "repository"; }
  const std::string& id(const std::string& mark) const { return ids_.at(mark); }

  static std::string git(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "git");
    auto environment = clean_environment();
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
      environment[std::string("GIT_") + who + "_NAME"] = "A U Thor";
      environment[std::string("GIT_") + who + "_EMAIL"] = "author@example.org";
    }
    environment["GIT_CONFIG_NOSYSTEM"] = "1";
    RealClock clock;
    auto finished =
        run_command({.argv = arguments, .environment = environment, .standard_input = input}, {}, clock);
    REQUIRE(finished.ok());
    INFO(finished->output);
    REQUIRE(finished->ok());
    return std::string(trim(finished->output));
  }

 private:
  static std::string data(const std::string& text) {
    return "data " + std::to_string(text.size()) + "\n" + text + "\n";
  }

  static std::string describe(const ScratchCommit& commit, int mark,
                              const std::map<std::string, int>& number) {
    // The committer's time grows, so that git's order is the order of creation.
    const std::string time = std::to_string(1600000000 + mark * 60) + " +0000";
    std::string text =
        "commit refs/heads/" + std::string(commit.mark == "main" ? "m" : "b-" + commit.mark) + "\n";
    text += "mark :" + std::to_string(mark) + "\n";
    text += "author " + commit.author + "\ncommitter C Ommitter <committer@example.org> " + time + "\n";
    text += data(commit.message.empty() ? commit.mark : commit.message);
    bool first = true;
    for (const std::string& parent : commit.parents) {
      text += std::string(first ? "from" : "merge") + " :" + std::to_string(number.at(parent)) + "\n";
      first = false;
    }
    if (!commit.keep_parent_files) text += "deleteall\n";
    for (const auto& [path, content] : commit.files) {
      const bool has_mode = path.find(' ') == 6;
      text += "M " + (has_mode ? path : "100644 " + path).substr(0, 6) + " inline " +
              (has_mode ? path.substr(7) : path) + "\n" + data(content);
    }
    text += "\n";
    for (const std::string& tag : commit.tags) {
      text += "tag " + tag + "\nfrom :" + std::to_string(mark) + "\ntagger T <t@example.org> " + time + "\n" +
              data(tag);
    }
    return text;
  }

  ScratchDirectory scratch_;
  std::map<std::string, std::string> ids_;
};

}  // namespace rigbisect::test
