#include "run/kernel_store.h"

#include "base/no_throw.h"

namespace rigbisect {

Result<KernelBuild> KernelStore::get(const std::string& commit, const BuildProgress& progress,
                                     std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto known_or_free = [&] { return !building_ || images_.contains(commit); };
  if (!changed_.wait(lock, stop, known_or_free)) return Error{Errc::cancelled, "stopped"};
  if (const auto found = images_.find(commit); found != images_.end()) return KernelBuild{found->second};

  building_ = true;
  lock.unlock();
  auto built = no_throw([&] { return builder_.build(commit, progress, stop); });
  lock.lock();
  building_ = false;
  if (built && std::holds_alternative<KernelImage>(*built))
    images_.insert_or_assign(commit, std::get<KernelImage>(*built));
  changed_.notify_all();
  return built;
}

}  // namespace rigbisect
