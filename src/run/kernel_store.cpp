#include "run/kernel_store.h"

namespace rigbisect {

Result<KernelBuild> KernelStore::get(const std::string& commit, const BuildProgress& progress,
                                     std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = images_.find(commit); found != images_.end()) return KernelBuild{found->second};
  }
  const std::lock_guard building(building_);
  auto built = builder_.build(commit, progress, stop);
  if (!built) return built;
  if (const auto* image = std::get_if<KernelImage>(&*built)) {
    const std::lock_guard lock(mutex_);
    images_.insert_or_assign(commit, *image);
  }
  return built;
}

}  // namespace rigbisect
