#include "kernel/kernel_make.h"

#include <cstdlib>
#include <thread>

#include "base/duration.h"
#include "base/text.h"
#include "kernel/build_diagnosis.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFullDisk = 8u << 20;  // with less free space, a failure is the disk's

std::string jobs(int wanted) {
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  return "-j" + std::to_string(wanted > 0 ? static_cast<unsigned>(wanted) : processors);
}

// Documentation/kbuild/reproducible-builds.rst: what make would otherwise take from the machine and the
// moment.
const std::vector<std::string> kReproducible{
    "KBUILD_BUILD_USER=rigbisect", "KBUILD_BUILD_HOST=rigbisect", "KBUILD_BUILD_VERSION=1",
    "KBUILD_BUILD_TIMESTAMP=Sat Jan  1 00:00:00 UTC 2000", "LOCALVERSION="};

}  // namespace

KernelMake::KernelMake(const KernelSpec& spec, const KernelDirectories& directories,
                       const Toolchain& toolchain, fs::path log, const BuildProgress& progress, Clock& clock,
                       std::stop_token stop)
    : environment_(clean_environment()),
      source_(directories.source),
      objects_(directories.objects),
      log_path_(std::move(log)),
      log_(log_path_, std::ios::binary | std::ios::trunc),
      progress_(progress),
      clock_(clock),
      build_time_(spec.build_time),
      deadline_(clock.now() + spec.build_time),
      stop_(std::move(stop)) {
  const std::string launcher = spec.ccache && find_program("ccache").ok() ? "ccache " : "";
  argv_ = {"make",
           "--no-print-directory",
           jobs(spec.jobs),
           "O=" + objects_.native(),
           "ARCH=" + spec.arch,
           "CC=" + launcher + toolchain.cc,
           "HOSTCC=gcc"};
  if (!spec.cross_compile.empty()) argv_.push_back("CROSS_COMPILE=" + spec.cross_compile);
  argv_.insert(argv_.end(), kReproducible.begin(), kReproducible.end());
  environment_["LC_ALL"] = "C";
  // What a kernel file includes is known from make's own dependency files: ccache need not preprocess it
  // first. They leave out system headers, which only the host's tools use: those are compiled without ccache.
  environment_["CCACHE_DEPEND"] = "1";
  if (const char* cache = std::getenv("CCACHE_DIR"))
    environment_["CCACHE_DIR"] = cache;  // NOLINT(concurrency-mt-unsafe)
}

Error KernelMake::fault(const std::string& what) const {
  return Error{Errc::io, "the kernel build failed for a reason outside of the kernel: " + what +
                             " (log: " + printable(log_path_.native()) + ")"};
}

void KernelMake::report(std::string_view piece) {
  log_ << piece;
  if (!progress_) return;
  for (;;) {
    const auto end = piece.find('\n');
    line_ += piece.substr(0, end);
    if (end == std::string_view::npos) break;
    progress_(printable(trim(line_)));
    line_.clear();
    piece.remove_prefix(end + 1);
  }
  if (line_.size() > 4000) line_.clear();
}

Result<std::optional<std::string>> KernelMake::run(const std::string& target,
                                                   const std::string& standard_input) {
  BuildDiagnosis diagnosis;
  const RunOptions options{
      .deadline = deadline_, .stop = stop_, .max_output = 4096, .on_output = [&](std::string_view piece) {
        report(piece);
        diagnosis.add(piece);
      }};
  std::vector<std::string> argv = argv_;
  argv.push_back(target);
  std::string shown;
  for (const std::string& word : argv) shown += (shown.empty() ? "$ " : " ") + printable(word);
  report(shown + "\n");
  const auto finished = run_command(
      {.argv = argv, .directory = source_, .environment = environment_, .standard_input = standard_input},
      options, clock_);
  log_.flush();
  if (!finished && finished.error().code == Errc::timeout) {
    out_of_time_ = true;
    return std::optional<std::string>("make did not end within " + format_duration(build_time_) +
                                      " (kernel: build_time)");
  }
  if (!finished) return finished.error();
  diagnosis.finish();
  if (!log_) return fault("the build log cannot be written: is the disk full?");
  if (finished->ok()) return std::optional<std::string>();
  if (diagnosis.fault()) return fault(*diagnosis.fault());
  if (finished->signal != 0)
    return fault("make was " + finished->describe() + ": is the controller out of memory?");
  if (const auto free = free_bytes(objects_); free && *free < kFullDisk) {
    return fault("the disk of " + printable(objects_.native()) + " is full: make room and resume");
  }
  return std::optional<std::string>(below_source(diagnosis.first_error()));
}

// "drivers/misc/ring.c:1:2: error" instead of where the work tree happens to be.
std::string KernelMake::below_source(const std::string& line) const {
  const std::string prefix = source_.native() + "/";
  return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

}  // namespace rigbisect
