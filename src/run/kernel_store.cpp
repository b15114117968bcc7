#include "run/kernel_store.h"

#include "base/no_throw.h"

namespace rigbisect {

Result<KernelBuild> KernelStore::get(const std::string& commit, const BuildProgress& progress,
                                     std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (const auto found = images_.find(commit); found != images_.end()) return KernelBuild{found->second};
  lock.unlock();
  auto kept = no_throw([&] { return builder_.find(commit, stop); });
  lock.lock();
  if (!kept) return kept.error();
  if (*kept) return remembered(commit, std::move(**kept));

  const auto known_or_free = [&] { return !building_ || images_.contains(commit); };
  if (!changed_.wait(lock, stop, known_or_free)) return Error{Errc::cancelled, "stopped"};
  if (const auto found = images_.find(commit); found != images_.end()) return KernelBuild{found->second};

  building_ = true;
  lock.unlock();
  auto built = no_throw([&] { return builder_.build(commit, progress, stop); });
  lock.lock();
  building_ = false;
  changed_.notify_all();
  if (!built) return built.error();
  return remembered(commit, std::move(*built));
}

// mutex_ is held.
KernelBuild KernelStore::remembered(const std::string& commit, KernelBuild build) {
  if (const auto* image = std::get_if<KernelImage>(&build)) images_.insert_or_assign(commit, *image);
  return build;
}

}  // namespace rigbisect
