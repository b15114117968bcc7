#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "bisect/task.h"
#include "run/event_queue.h"
#include "run/kernel_store.h"

namespace rigbisect {

// One build slot, on a thread of its own: takes one build at a time and makes an event of it.
class BuildWorker {
 public:
  // Called on the worker's thread with each line that make prints.
  using Observer = std::function<void(const std::string& commit, const std::string& line)>;

  // Called on the worker's thread with what a person should know of a build beside its outcome: where the log
  // of a failed one is, and, once each, the options that were asked for and are not in the kernel.
  using Note = std::function<void(const std::string& line)>;

  // References outlive the worker.
  BuildWorker(KernelStore& kernels, Clock& clock, EventQueue& events, Observer observer, Note note = {});
  // Kills what is being built; blocks until it is gone.
  ~BuildWorker();

  std::optional<BuildTask> task() const;  // in flight
  // REQUIRES: no task in flight. Does not block.
  void start(BuildTask task);
  // Kills the build without an event.
  void cancel();
  // The same for good: nothing is begun any more. Does not block.
  void stop() { thread_.request_stop(); }

 private:
  void work(const std::stop_token& stop);
  void do_build(const BuildTask& task, std::stop_token stop);
  void tell(const std::string& commit, const KernelBuild& build);

  KernelStore& kernels_;
  Clock& clock_;
  EventQueue& events_;
  Observer observer_;
  Note note_;
  std::set<std::string> vanished_;  // told already

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<BuildTask> task_;
  std::stop_source cancel_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace rigbisect
