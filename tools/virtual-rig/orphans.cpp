#include "orphans.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>

namespace rigbisect::rig {
namespace {

// proc(5): the children of each thread, in a file of its own.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::error_code ignored;  // a thread that ends meanwhile
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t pid = 0; file >> pid;) found.push_back(pid);
  }
  return found;
}

}  // namespace

void Orphans::adopt() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

bool Orphans::end(const std::set<pid_t>& others, TimePoint now, Duration grace) {
  bool left = false;
  for (const pid_t pid : children()) {
    if (others.contains(pid) || ::waitpid(pid, nullptr, WNOHANG) == pid) continue;
    if (asked_.empty()) until_ = now + grace;
    if (asked_.insert(pid).second) ::kill(pid, SIGTERM);
    if (now >= until_) ::kill(pid, SIGKILL);
    left = true;
  }
  return left;
}

}  // namespace rigbisect::rig
