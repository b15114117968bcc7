#include "run/build_worker.h"

#include "base/text.h"

namespace rigbisect {
namespace {

BuildEnded ended(const BuildTask& task, const Result<KernelBuild>& built, Duration elapsed) {
  if (!built) return {task.commit, BuildFault{built.error()}, "", elapsed};
  if (const auto* image = std::get_if<KernelImage>(&*built)) {
    return {task.commit, Built{image->signature, image->cached}, image->compiler, elapsed};
  }
  const auto& broken = std::get<KernelBroken>(*built);
  return {task.commit, BuildFailed{broken.first_error}, broken.compiler, elapsed};
}

}  // namespace

BuildWorker::BuildWorker(KernelStore& kernels, Clock& clock, EventQueue& events, Observer observer, Note note)
    : kernels_(kernels),
      clock_(clock),
      events_(events),
      observer_(std::move(observer)),
      note_(std::move(note)),
      thread_([this](std::stop_token stop) { work(stop); }) {}

BuildWorker::~BuildWorker() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::optional<BuildTask> BuildWorker::task() const {
  const std::lock_guard lock(mutex_);
  return task_;
}

void BuildWorker::start(BuildTask task) {
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  cancel_ = std::stop_source();
  changed_.notify_all();
}

void BuildWorker::cancel() {
  const std::lock_guard lock(mutex_);
  if (task_) cancel_.request_stop();
}

void BuildWorker::work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return task_.has_value(); })) return;
    const BuildTask task = *task_;
    std::stop_source cancel = cancel_;
    lock.unlock();
    {
      const std::stop_callback forward(stop, [&cancel] { cancel.request_stop(); });
      do_build(task, cancel.get_token());
    }
    lock.lock();
    task_.reset();
    lock.unlock();
    events_.push(std::nullopt);
  }
}

void BuildWorker::do_build(const BuildTask& task, std::stop_token stop) {
  const TimePoint began = clock_.now();
  const auto built = kernels_.get(
      task.commit,
      [this, &task](const std::string& line) {
        if (observer_) observer_(task.commit, line);
      },
      stop);
  if (!built && built.error().code == Errc::cancelled) return;
  if (built && note_) tell(task.commit, *built);
  events_.push(ended(task, built, clock_.now() - began));
}

void BuildWorker::tell(const std::string& commit, const KernelBuild& build) {
  if (const auto* broken = std::get_if<KernelBroken>(&build)) {
    note_(commit.substr(0, 12) + " does not build; the whole log is " + broken->log.string());
    return;
  }
  std::vector<std::string> fresh;
  for (const std::string& option : std::get<KernelImage>(build).vanished) {
    if (vanished_.insert(option).second) fresh.push_back(option);
  }
  if (fresh.empty()) return;
  note_("the kernel of " + commit.substr(0, 12) +
        " does not have what the recipe's configuration asks for: " + join(fresh, ", ") +
        ". Does something that it depends on lack, or is it of another version?");
}

}  // namespace rigbisect
