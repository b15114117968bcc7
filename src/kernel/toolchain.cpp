#include "kernel/toolchain.h"

#include <optional>

#include "base/release.h"
#include "base/text.h"
#include "os/process.h"

namespace rigbisect {
namespace {

constexpr ReleaseVersion kAny{};

std::optional<ReleaseVersion> version_of(const std::string& from) {
  if (from.empty() || from == "v0") return kAny;
  return parse_release(from);
}

std::string with_prefix(const std::string& cc, const std::string& prefix) {
  const bool plain_gcc = cc.starts_with("gcc") && cc.find('/') == std::string::npos;
  return plain_gcc ? prefix + cc : cc;
}

// The first line of `program --version`.
Result<std::string> version_line(const std::string& program, Clock& clock, const std::stop_token& stop) {
  auto environment = clean_environment();
  environment["LC_ALL"] = "C";
  const RunOptions options{.deadline = clock.now() + std::chrono::seconds(30), .stop = stop};
  auto finished = run_command({.argv = {program, "--version"}, .environment = environment}, options, clock);
  if (!finished) return finished.error();
  if (!finished->ok()) {
    return Error{Errc::not_found,
                 printable(program) + " --version: " + finished->describe() + ": is it installed whole?"};
  }
  return printable(trim(split(finished->output, '\n')[0]));
}

}  // namespace

Result<std::string> choose_compiler(const std::vector<CompilerChoice>& rules, const std::string& release,
                                    const std::string& cross_compile) {
  if (rules.empty()) return with_prefix("gcc", cross_compile);
  const ReleaseVersion wanted = parse_release(release).value_or(kAny);
  const CompilerChoice* best = nullptr;
  std::optional<ReleaseVersion> best_from;
  for (const CompilerChoice& rule : rules) {
    const auto from = version_of(rule.from);
    if (!from)
      return Error{Errc::invalid,
                   "a compiler rule is from '" + printable(rule.from) + "', which is no release"};
    if (*from > wanted || (best_from && *from < *best_from)) continue;
    best = &rule;
    best_from = from;
  }
  if (best != nullptr) return with_prefix(best->cc, cross_compile);
  const std::string kernel = release.empty() ? "a kernel without a release tag" : release;
  return Error{Errc::invalid,
               "no compiler rule fits " + kernel + ": add one for all older kernels (from: v0)"};
}

Result<Toolchain> identify_toolchain(const std::string& cc, const std::string& cross_compile, Clock& clock,
                                     const std::stop_token& stop) {
  const auto compiler = version_line(cc, clock, stop);
  if (!compiler) {
    if (compiler.error().code != Errc::not_found) return compiler.error();
    return Error{Errc::not_found, "the compiler " + printable(cc) +
                                      " that the recipe wants is not usable: install it or change kernel: "
                                      "compilers (" +
                                      compiler.error().what + ")"};
  }
  const auto linker = version_line(cross_compile + "ld", clock, stop);
  if (!linker) return linker.error().within("the linker");
  return Toolchain{cc, *compiler, *compiler + "\n" + *linker};
}

}  // namespace rigbisect
