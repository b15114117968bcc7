#include "kernel/reproducer.h"

#include <algorithm>
#include <array>
#include <optional>

#include <elf.h>

#include "base/text.h"
#include "kernel/build_diagnosis.h"
#include "kernel/kernel_elf.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOnTarget = "/rigbisect/reproducer";
constexpr std::uintmax_t kLargestProgram = 1u << 30;

std::string named(const fs::path& file) {
  return printable(file.native());
}

Result<std::string> read_program(const fs::path& file) {
  return read_file(file, kLargestProgram);
}

bool is_library(const fs::path& file) {
  const std::string name = file.filename().native();
  return name.ends_with(".so") || name.find(".so.") != std::string::npos;
}

// The extra files. `loader` (an interpreter or "") goes where the kernel will look for it, libraries beside
// it, everything else beside the reproducer.
std::vector<TargetFile> place_files(const std::vector<fs::path>& files, const fs::path& loader) {
  std::vector<TargetFile> placed;
  for (const fs::path& file : files) {
    const bool is_loader = !loader.empty() && file.filename() == loader.filename();
    const fs::path directory =
        !loader.empty() && (is_loader || is_library(file)) ? loader.parent_path() : "/rigbisect";
    std::error_code ignored;
    const auto mode = fs::status(file, ignored).permissions();
    placed.push_back({file, (directory / file.filename()).native(),
                      is_loader || (mode & fs::perms::owner_exec) != fs::perms::none});
  }
  return placed;
}

bool has_file(const std::vector<TargetFile>& files, const fs::path& on_target) {
  return std::any_of(files.begin(), files.end(), [&](const TargetFile& f) { return f.to == on_target; });
}

PreparedReproducer prepared(const fs::path& program, std::vector<TargetFile> files,
                            std::vector<std::string> argv, const std::vector<std::string>& args) {
  files.push_back({program, kOnTarget, true});
  argv.emplace_back(kOnTarget);
  argv.insert(argv.end(), args.begin(), args.end());
  return {std::move(files), std::move(argv)};
}

Result<PreparedReproducer> compile(const ReproducerSource& source, const fs::path& directory, Clock& clock,
                                   const std::stop_token& stop) {
  if (auto made = make_directories(directory); !made) return made.error();
  const fs::path program = directory / "reproducer";
  std::vector<std::string> argv{source.compiler, "-static", "-o", program.native(), source.file.native()};
  argv.insert(argv.end(), source.cflags.begin(), source.cflags.end());
  argv.emplace_back("-lpthread");
  auto environment = clean_environment();
  environment["LC_ALL"] = "C";
  BuildDiagnosis diagnosis;
  const RunOptions options{.deadline = clock.now() + std::chrono::minutes(5),
                           .stop = stop,
                           .on_output = [&](std::string_view piece) { diagnosis.add(piece); }};
  const auto finished = run_command(
      {.argv = argv, .directory = source.file.parent_path(), .environment = environment}, options, clock);
  if (!finished) return finished.error().within("the reproducer " + named(source.file));
  diagnosis.finish();
  if (diagnosis.fault() && !finished->ok())
    return Error{Errc::io, "the reproducer cannot be compiled: " + *diagnosis.fault()};
  if (!finished->ok()) {
    const std::string error = diagnosis.first_error();
    const bool no_static = error.find("cannot find -l") != std::string::npos;
    return Error{Errc::invalid,
                 "the reproducer " + named(source.file) +
                     " does not compile: " + (error.empty() ? finished->describe() : error) +
                     (no_static ? " (it is linked statically: the .a file of that library is needed)" : "")};
  }
  return prepared(program, place_files(source.files, ""), {}, source.args);
}

// e_machine of what `compiler` makes; absent if that cannot be told.
std::optional<int> machine_of(const std::string& compiler, Clock& clock, const std::stop_token& stop) {
  constexpr std::array<std::pair<std::string_view, int>, 6> kMachines{{{"x86_64", EM_X86_64},
                                                                       {"i", EM_386},
                                                                       {"aarch64", EM_AARCH64},
                                                                       {"arm", EM_ARM},
                                                                       {"riscv64", EM_RISCV},
                                                                       {"powerpc64", EM_PPC64}}};
  const RunOptions options{.deadline = clock.now() + std::chrono::seconds(30), .stop = stop};
  const auto finished = run_command({.argv = {compiler, "-dumpmachine"}}, options, clock);
  if (!finished || !finished->ok()) return std::nullopt;
  for (const auto& [prefix, machine] : kMachines) {
    if (finished->output.starts_with(prefix)) return machine;
  }
  return std::nullopt;
}

// A program that the target can execute with the files at hand.
Result<std::vector<TargetFile>> check_program(const fs::path& file, const ReproducerSource& source,
                                              Clock& clock, const std::stop_token& stop) {
  const auto content = read_program(file);
  if (!content) return content.error();
  const auto program = inspect_program(*content);
  if (!program) return program.error().within(named(file));
  const auto machine = machine_of(source.compiler, clock, stop);
  if (machine && program->machine != *machine && !(*machine == EM_X86_64 && program->machine == EM_386)) {
    return Error{Errc::invalid, named(file) + " is a program for another kind of machine than " +
                                    printable(source.compiler) + " makes: build it for the target"};
  }
  std::vector<TargetFile> files = place_files(source.files, program->interpreter);
  if (!program->interpreter.empty() && !has_file(files, program->interpreter)) {
    return Error{Errc::invalid, named(file) + " is linked dynamically and its loader " +
                                    printable(program->interpreter) +
                                    " is not on the target: link it with -static, or name the loader and "
                                    "all its libraries (`ldd` lists them) under files"};
  }
  return files;
}

Result<TargetFile> static_busybox(Clock& clock, const ReproducerSource& source, const std::stop_token& stop) {
  const std::string advice =
      "the script needs a shell on the target: install busybox-static on this machine, "
      "or name a static busybox under files";
  const auto busybox = find_program("busybox");
  if (!busybox) return Error{Errc::not_found, advice};
  ReproducerSource alone = source;
  alone.files.clear();
  if (const auto checked = check_program(*busybox, alone, clock, stop); !checked) {
    return Error{Errc::not_found, advice + " (" + checked.error().what + ")"};
  }
  return TargetFile{*busybox, "/bin/busybox", true};
}

// "#!/bin/sh -e" -> {"/bin/sh", "-e"}; as the kernel does, everything after the first blank is one argument.
Result<std::vector<std::string>> shebang_of(const fs::path& script) {
  const auto content = read_program(script);
  if (!content) return content.error();
  const std::string_view line = std::string_view(*content).substr(0, content->find('\n'));
  const std::string_view command = line.starts_with("#!") ? trim(line.substr(2)) : std::string_view();
  if (command.empty() || command[0] != '/') {
    return Error{Errc::invalid,
                 "the script " + named(script) + " does not say what runs it: begin it with #!/bin/sh"};
  }
  const auto blank = command.find_first_of(" \t");
  std::vector<std::string> words{std::string(command.substr(0, blank))};
  if (blank != std::string_view::npos) words.emplace_back(trim(command.substr(blank)));
  return words;
}

// The interpreter is named on the command line, because a small kernel may not know scripts.
Result<PreparedReproducer> prepare_script(const ReproducerSource& source, Clock& clock,
                                          const std::stop_token& stop) {
  auto words = shebang_of(source.file);
  if (!words) return words.error();
  const fs::path interpreter = (*words)[0];
  std::vector<TargetFile> files = place_files(source.files, interpreter);
  if (has_file(files, interpreter)) {
    const auto own =
        std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.to == interpreter; });
    if (auto checked = check_program(own->from, source, clock, stop); !checked) return checked.error();
    return prepared(source.file, std::move(files), std::move(*words), source.args);
  }
  const std::string name = interpreter.filename().native();
  if (name != "sh" && name != "ash" && name != "busybox") {
    return Error{Errc::invalid, "the script " + named(source.file) + " is run by " +
                                    printable(interpreter.native()) +
                                    ", which is not on the target: name a static " + printable(name) +
                                    " under files, or write it for /bin/sh"};
  }
  auto busybox = static_busybox(clock, source, stop);
  if (!busybox) return busybox.error();
  for (const std::string& place :
       {std::string("/bin/busybox"), std::string("/bin/sh"), interpreter.native()}) {
    if (!has_file(files, place)) files.push_back({busybox->from, place, true});
  }
  return prepared(source.file, std::move(files), std::move(*words), source.args);
}

}  // namespace

Result<PreparedReproducer> prepare_reproducer(
    const ReproducerSource& source, const fs::path& directory, Clock& clock,
    std::stop_token stop) {  // NOLINT(performance-unnecessary-value-param)
  for (const fs::path& file : source.files) {
    if (!is_file(file))
      return Error{Errc::not_found, "the file " + named(file) + " of the reproducer is not there"};
  }
  if (!is_file(source.file))
    return Error{Errc::not_found, "the reproducer " + named(source.file) + " is not there"};
  switch (source.kind) {
    case ReproducerKind::c_source:
      return compile(source, directory, clock, stop);
    case ReproducerKind::script:
      return prepare_script(source, clock, stop);
    case ReproducerKind::binary: {
      auto files = check_program(source.file, source, clock, stop);
      if (!files) return files.error();
      return prepared(source.file, std::move(*files), {}, source.args);
    }
  }
  return Error{Errc::internal, "unknown kind of reproducer"};
}

}  // namespace rigbisect
