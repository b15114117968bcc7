#include "run/run_preparer.h"

#include <algorithm>
#include <charconv>

#include "os/file.h"

namespace rigbisect {
namespace {

constexpr std::size_t kNonceBytes = 8;

// Numbers go on where an earlier process of the same campaign stopped: a console log is never overwritten.
int first_free_number(const std::filesystem::path& directory) {
  int highest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    highest = std::max(highest, number);
  }
  return highest + 1;
}

std::string four_digits(int number) {
  std::string digits = std::to_string(number);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

}  // namespace

RunPreparer::RunPreparer(RunSetup setup, KernelStore& kernels)
    : setup_(std::move(setup)), kernels_(kernels), next_(first_free_number(setup_.directory)) {}

Result<PreparedRun> RunPreparer::prepare(const RunTask& task, const Board& board, std::stop_token stop) {
  auto built = kernels_.get(task.commit, {}, stop);
  if (!built) return built.error().within("kernel of " + task.commit);
  const auto* image = std::get_if<KernelImage>(&*built);
  if (image == nullptr) {
    return Error{Errc::internal, "kernel of " + task.commit + " built before and does not build now: " +
                                     std::get<KernelBroken>(*built).first_error};
  }
  const std::string id = four_digits(next_++) + "-" + task.commit.substr(0, 12) + "-" + board.name;
  const std::string nonce = random_hex(kNonceBytes);
  const auto initramfs = setup_.directory / (id + ".initramfs");
  const TargetPlan plan{nonce, task.time, setup_.once, setup_.reproducer.argv};
  if (auto written = write_initramfs(initramfs, setup_.init, plan, setup_.reproducer.files, false);
      !written) {
    return written.error().within("initramfs of run " + id);
  }
  std::string command_line = setup_.command_line;
  if (!board.command_line.empty()) command_line += (command_line.empty() ? "" : " ") + board.command_line;
  return PreparedRun{{{image->kernel, initramfs, command_line, id},
                      {nonce, image->release, image->build_id, task.symptom, task.time}},
                     setup_.directory / (id + ".console"),
                     image->vmlinux};
}

RunOutcome RunPreparer::with_positions(const PreparedRun& run, RunOutcome outcome) const {
  auto* crashed = std::get_if<Crashed>(&outcome);
  if (crashed != nullptr && setup_.symbolize && !run.vmlinux.empty())
    setup_.symbolize(run.vmlinux, crashed->reports);
  return outcome;
}

void RunPreparer::forget(const PreparedRun& run) {
  std::error_code ignored;  // a file left behind costs a megabyte, not a verdict
  std::filesystem::remove(run.order.intent.initramfs, ignored);
}

}  // namespace rigbisect
