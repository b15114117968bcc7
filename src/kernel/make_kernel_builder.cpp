#include "kernel/make_kernel_builder.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "kernel/configure.h"
#include "kernel/image_cache.h"
#include "kernel/kernel_config.h"
#include "kernel/kernel_elf.h"
#include "kernel/kernel_make.h"
#include "kernel/object_directory.h"
#include "kernel/sha256.h"
#include "kernel/toolchain.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKeyVersion =
    "rigbisect kernel 1";  // to be raised when images of a key would change
constexpr std::uintmax_t kLargestVmlinux = std::uintmax_t{4} << 30;

bool is_plain_name(const std::string& name) {
  return !name.empty() && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
         });
}

// arch/ directory of an ARCH=.
std::string source_arch(const std::string& arch) {
  if (arch == "x86_64" || arch == "i386") return "x86";
  if (arch.starts_with("sparc")) return "sparc";
  return arch.starts_with("parisc") ? "parisc" : arch;
}

}  // namespace

// One call of build(): what is known about it so far.
struct MakeKernelBuilder::Work {
  MakeKernelBuilder& builder;
  const std::string& commit;
  const BuildProgress& progress;
  std::stop_token stop;
  ConfigRequest config = {};
  Toolchain toolchain = {};
  std::vector<std::string> patches = {};  // texts
  std::string key = {};                   // over all of that and the commit's files

  Result<void> read_inputs();
  Result<void> make_key();
  ImageCache cache() const {
    return {builder.directories_.cache, builder.directories_.cache_bytes, builder.clock_};
  }
  Result<std::optional<KernelBuild>> find() const;
  Result<KernelBuild> build();
  Result<void> prepare_source();
  Result<KernelImage> collect() const;
  fs::path log() const { return builder.directories_.logs / (commit + ".log"); }
  std::string object_identity() const {
    return builder.spec_.arch + "\n" + toolchain.cc + "\n" + toolchain.identity + "\n";
  }
};

MakeKernelBuilder::MakeKernelBuilder(KernelSpec spec, KernelDirectories directories, SourceTree source,
                                     Clock& clock)
    : spec_(std::move(spec)),
      directories_(std::move(directories)),
      source_(std::move(source)),
      clock_(clock) {}

MakeKernelBuilder::~MakeKernelBuilder() = default;

Result<MakeKernelBuilder::Work> MakeKernelBuilder::inputs(const std::string& commit,
                                                          const BuildProgress& progress,
                                                          std::stop_token stop) {
  if (!is_plain_name(commit)) return Error{Errc::invalid, "'" + printable(commit) + "' is not a commit id"};
  if (!is_plain_name(spec_.target))
    return Error{Errc::invalid, "'" + printable(spec_.target) + "' is not a kernel image (kernel: target)"};
  Work work{*this, commit, progress, std::move(stop)};
  const std::lock_guard lock(questions_);
  if (auto read = work.read_inputs(); !read) return read.error();
  if (auto made = work.make_key(); !made) return made.error();
  return work;
}

Result<KernelBuild> MakeKernelBuilder::build(const std::string& commit, const BuildProgress& progress,
                                             std::stop_token stop) {
  auto work = inputs(commit, progress, std::move(stop));
  if (!work) return work.error();
  auto kept = work->find();
  if (!kept) return kept.error();
  return *kept ? Result<KernelBuild>(std::move(**kept)) : work->build();
}

Result<std::optional<KernelBuild>> MakeKernelBuilder::find(const std::string& commit, std::stop_token stop) {
  const BuildProgress nobody;
  const auto work = inputs(commit, nobody, std::move(stop));
  if (!work) return work.error();
  return work->find();
}

Result<void> MakeKernelBuilder::Work::read_inputs() {
  const KernelSpec& spec = builder.spec_;
  auto request = ConfigRequest::read(spec);
  if (!request) return request.error();
  config = std::move(*request);
  for (const fs::path& patch : spec.patches) {
    auto text = read_file(patch);
    if (!text) return text.error().within("a patch");
    patches.push_back(std::move(*text));
  }
  std::string release;
  if (!spec.compilers.empty()) {
    auto newest = builder.source_.newest_release_in(commit);
    if (!newest) return newest.error();
    release = std::move(*newest);
  }
  const auto cc = choose_compiler(spec.compilers, release, spec.cross_compile);
  if (!cc) return cc.error();
  auto identified = identify_toolchain(*cc, spec.cross_compile, builder.clock_, stop);
  if (!identified) return identified.error();
  toolchain = std::move(*identified);
  return {};
}

Result<void> MakeKernelBuilder::Work::make_key() {
  const auto tree = builder.source_.tree_of(commit);
  if (!tree) return tree.error();
  Sha256 hash;
  hash.add_field(kKeyVersion).add_field(*tree).add_field(config.key()).add_field(toolchain.identity);
  hash.add_field(builder.spec_.arch).add_field(builder.spec_.target);
  for (const std::string& patch : patches) hash.add_field(patch);
  key = hash.hex();
  return {};
}

Result<std::optional<KernelBuild>> MakeKernelBuilder::Work::find() const {
  if (auto image = cache().find(key)) {
    const auto final_config = read_file(image->config);
    if (!final_config) return final_config.error();
    image->vanished = vanished_options(config.fragments, *final_config);
    return std::optional<KernelBuild>{std::move(*image)};
  }
  if (auto broken = cache().find_broken(key)) return std::optional<KernelBuild>{std::move(*broken)};
  return std::optional<KernelBuild>{};
}

Result<void> MakeKernelBuilder::Work::prepare_source() {
  if (auto done = builder.source_.check_out(commit, stop); !done)
    return done.error().within("checkout of " + commit);
  for (const fs::path& patch : builder.spec_.patches) {
    const auto applied = builder.source_.apply(patch);
    if (!applied) return applied.error();
    if (!*applied && progress)
      progress("patch " + printable(patch.filename().native()) + " does not apply here");
  }
  return {};
}

Result<KernelBuild> MakeKernelBuilder::Work::build() {
  const KernelDirectories& directories = builder.directories_;
  for (const fs::path& directory : {directories.logs, directories.cache}) {
    if (auto made = make_directories(directory); !made) return made.error();
  }
  const ObjectDirectory objects(directories.objects);
  if (auto prepared = objects.prepare(object_identity()); !prepared) return prepared.error();
  if (auto prepared = prepare_source(); !prepared) return prepared.error();
  if (auto begun = objects.begin_build(); !begun) return begun.error();

  KernelMake make(builder.spec_, directories, toolchain, log(), progress, builder.clock_, stop);
  auto complaint = configure(config, directories.source, directories.objects, make);
  if (complaint && !*complaint) complaint = make.run(builder.spec_.target);
  if (!complaint) return complaint.error();
  if (auto ended = objects.end_build(); !ended) return ended.error();
  if (*complaint) {
    KernelBroken broken{**complaint, log(), toolchain.compiler};
    if (!make.ran_out_of_time()) {
      if (auto kept = cache().insert_broken(key, broken); !kept) return kept.error();
    }
    return KernelBuild{std::move(broken)};
  }

  auto built = collect();
  if (!built) return built.error();
  auto image = cache().insert(key, *built);
  if (!image) return image.error();
  image->vanished = std::move(built->vanished);
  return KernelBuild{std::move(*image)};
}

// The finished build where make left it.
Result<KernelImage> MakeKernelBuilder::Work::collect() const {
  const fs::path& objects = builder.directories_.objects;
  const std::string& target = builder.spec_.target;
  KernelImage image;
  image.config = objects / ".config";
  image.compiler = toolchain.compiler;
  for (const fs::path& place :
       {objects / "arch" / source_arch(builder.spec_.arch) / "boot" / target, objects / target}) {
    if (image.kernel.empty() && is_file(place)) image.kernel = place;
  }
  if (image.kernel.empty()) {
    return Error{Errc::invalid, "make " + target + " made no kernel image of this name for " +
                                    builder.spec_.arch +
                                    ": name the image, such as bzImage or Image (kernel: target)"};
  }
  const auto final_config = read_file(image.config);
  if (!final_config) return final_config.error();
  image.vanished = vanished_options(config.fragments, *final_config);
  const auto release = read_file(objects / "include/config/kernel.release", 4096);
  if (release) image.release = trim(*release);

  const bool has_vmlinux = is_file(objects / "vmlinux");
  if (has_vmlinux) image.vmlinux = objects / "vmlinux";
  const auto file = read_file(has_vmlinux ? image.vmlinux : image.kernel, kLargestVmlinux);
  if (!file) return file.error();
  auto identity = identify_elf(*file);
  if (!identity && has_vmlinux) return identity.error().within(printable(image.vmlinux.native()));
  image.signature = identity ? identity->signature : Sha256().add(*file).hex();
  if (identity) image.build_id = identity->build_id;
  return image;
}

}  // namespace rigbisect
