// What building costs beside bare make: bench-build REPOSITORY DIRECTORY BASE FRAGMENT OLDER NEWER
//
// OLDER and NEWER are revisions that differ in little. Prints wall and CPU seconds (CPU is the stable figure
// on a busy machine) of: checkout between them, a first build, a rebuild through the builder, bare make for
// the same change, and reuse from the cache. DIRECTORY is filled; a second use of it finds the objects of the
// first.
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>

#include "git/repository.h"
#include "kernel/kernel_make.h"
#include "kernel/make_kernel_builder.h"
#include "os/file.h"
#include "os/real_clock.h"

using namespace rigbisect;

namespace {

template <typename T>
T need(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "bench-build: %s\n", result.error().what.c_str());
  std::exit(1);
}

void need(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "bench-build: %s\n", result.error().what.c_str());
  std::exit(1);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  double total = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    total += seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  return total;
}

template <typename Work>
void measure(Clock& clock, const char* what, Work work) {
  const TimePoint began = clock.now();
  const double cpu = cpu_seconds();
  work();
  const std::chrono::duration<double> wall = clock.now() - began;
  std::printf("%-34s %8.2f s wall %8.2f s CPU\n", what, wall.count(), cpu_seconds() - cpu);
  std::fflush(stdout);
}

void build(MakeKernelBuilder& builder, const std::string& commit) {
  const KernelBuild built = need(builder.build(commit, {}, {}));
  if (const auto* broken = std::get_if<KernelBroken>(&built)) {
    std::fprintf(stderr, "bench-build: %s does not build: %s\n", commit.c_str(), broken->first_error.c_str());
    std::exit(1);
  }
  const auto& image = std::get<KernelImage>(built);
  std::printf("  %s %s signature %.12s build id %.12s%s\n", commit.substr(0, 12).c_str(),
              image.release.c_str(), image.signature.c_str(), image.build_id.c_str(),
              image.cached ? " (cached)" : "");
  for (const std::string& option : image.vanished) std::printf("  vanished: %s\n", option.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: bench-build REPOSITORY DIRECTORY BASE FRAGMENT OLDER NEWER\n");
    return 2;
  }
  RealClock clock;
  const std::filesystem::path place = std::filesystem::absolute(argv[2]);
  const Repository repository = need(Repository::open(argv[1]));
  WorkTree tree = need(WorkTree::open(argv[1], place / "source"));
  const std::string older = need(repository.resolve(argv[5]));
  const std::string newer = need(repository.resolve(argv[6]));
  const KernelSpec spec{.base = argv[3], .fragments = {std::filesystem::absolute(argv[4])}, .ccache = false};
  const KernelDirectories directories{place / "source", place / "objects", place / ("cache-" + random_hex(4)),
                                      place / "logs"};
  MakeKernelBuilder builder(
      spec, directories,
      {[&](const std::string& commit) { return repository.tree_of(commit); },
       [&](const std::string& commit) { return repository.newest_release_in(commit); },
       [&](const std::string& commit, const std::stop_token& stop) { return tree.check_out(commit, stop); },
       [&](const std::filesystem::path& patch) { return tree.apply(patch); }},
      clock);

  measure(clock, "checkout", [&] { need(tree.check_out(older, {})); });
  measure(clock, "first build", [&] { build(builder, older); });
  measure(clock, "checkout of a neighbour", [&] { need(tree.check_out(newer, {})); });
  measure(clock, "checkout of a neighbour, back", [&] { need(tree.check_out(older, {})); });
  const Toolchain toolchain = need(identify_toolchain("gcc", "", clock, {}));
  const auto bare_make = [&] {
    const BuildProgress quiet;
    KernelMake make(spec, directories, toolchain, place / "logs/bare", quiet, clock, {});
    if (const auto error = need(make.run(spec.target)))
      std::fprintf(stderr, "bench-build: %s\n", error->c_str());
  };
  bare_make();  // sees the two checkouts' new time stamps
  measure(clock, "make with nothing to do", bare_make);
  measure(clock, "rebuild", [&] { build(builder, newer); });
  need(tree.check_out(older, {}));
  measure(clock, "bare make for the same change", bare_make);
  measure(clock, "reuse from the cache", [&] { build(builder, newer); });
  return 0;
}
