#include "cli/campaign_inputs.h"

#include <vector>

#include "base/text.h"
#include "kernel/sha256.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kList = "inputs.sha256";

std::vector<fs::path> inputs(const Recipe& recipe) {
  std::vector<fs::path> files{recipe.reproducer.file};
  const auto add = [&files](const std::vector<fs::path>& more) {
    files.insert(files.end(), more.begin(), more.end());
  };
  add(recipe.reproducer.files);
  if (fs::path(recipe.kernel.base).is_absolute()) files.emplace_back(recipe.kernel.base);
  add(recipe.kernel.fragments);
  add(recipe.kernel.patches);
  return files;
}

Result<std::string> line_of(const fs::path& file) {
  const auto content = read_file(file);
  if (!content) return content.error();
  return Sha256().add(*content).hex() + "  " + file.native();
}

}  // namespace

Result<void> remember_inputs(const Recipe& recipe, const fs::path& campaign_directory) {
  std::string list;
  for (const fs::path& file : inputs(recipe)) {
    const auto line = line_of(file);
    if (!line) return line.error();
    list += *line + "\n";
  }
  return write_file_atomically(campaign_directory / kList, list);
}

Result<void> check_inputs(const Recipe& recipe, const fs::path& campaign_directory) {
  std::error_code ignored;
  if (!fs::exists(campaign_directory / kList, ignored)) return {};
  const auto list = read_file(campaign_directory / kList);
  if (!list) return list.error();
  std::vector<std::string> changed;
  for (const fs::path& file : inputs(recipe)) {
    const auto line = line_of(file);
    if (!line) return line.error();
    if (("\n" + *list).find("\n" + *line + "\n") == std::string::npos)
      changed.push_back(printable(file.native()));
  }
  if (changed.empty()) return {};
  return Error{
      Errc::invalid,
      join(changed, ", ") + (changed.size() == 1 ? " has" : " have") +
          " changed since this campaign began, and what was recorded is about the old content: put it "
          "back to go on, or begin anew with `rigbisect run`"};
}

}  // namespace rigbisect
