#include "cli/workshop.h"

#include "cli/open_device.h"
#include "cli/shared_console.h"
#include "kernel/make_kernel_builder.h"
#include "kernel/reproducer.h"
#include "symbols/symbolizer.h"
#include "target/init_image.h"

namespace rigbisect {
namespace {

ReproducerSource reproducer_source(const Recipe& recipe) {
  const ReproducerRecipe& wanted = recipe.reproducer;
  ReproducerSource source;
  switch (wanted.kind) {
    case ReproducerRecipe::Kind::c_source:
      source.kind = ReproducerKind::c_source;
      break;
    case ReproducerRecipe::Kind::script:
      source.kind = ReproducerKind::script;
      break;
    case ReproducerRecipe::Kind::binary:
      source.kind = ReproducerKind::binary;
      break;
  }
  source.file = wanted.file;
  source.cflags = wanted.cflags;
  source.files = wanted.files;
  source.args = wanted.args;
  source.compiler = recipe.kernel.cross_compile + "gcc";
  return source;
}

KernelSpec kernel_spec(const KernelRecipe& recipe) {
  KernelSpec spec;
  spec.arch = recipe.arch;
  spec.base = recipe.base;
  spec.fragments = recipe.fragments;
  for (const CompilerRule& rule : recipe.compilers) spec.compilers.push_back({rule.from, rule.cc});
  spec.cross_compile = recipe.cross_compile;
  spec.patches = recipe.patches;
  spec.target = recipe.target;
  spec.jobs = recipe.jobs;
  spec.ccache = recipe.ccache;
  spec.build_time = recipe.build_time;
  return spec;
}

// A vmlinux is opened for each run that crashed: that takes about a second, and runs take minutes.
void symbolize(const std::filesystem::path& vmlinux, std::vector<CrashReport>& reports) {
  auto symbolizer = Symbolizer::open(vmlinux, {});
  if (!symbolizer) return;  // a kernel without debug information
  for (CrashReport& report : reports) report = symbolizer->symbolize(std::move(report));
}

}  // namespace

Result<OpenBoard> open_devices(const Board& board, const BoardLease& lease, Environment& environment) {
  const DriverContext context{environment.clock, environment.boot_servers, board.name};
  auto power = open_device(environment.drivers.power, board.power, context, "power");
  if (!power) return power.error();
  // A killed process may have left the machine on, and nobody may come back to it soon.
  const auto give_up = [&](const Error& error) {
    if (error.code == Errc::busy) return error;  // somebody sits at its console
    const auto off = (*power)->set(Power::off, environment.clock.now() + board.timings.power, {});
    return off ? error
               : Error{error.code, error.what + " (nor can it be switched off: " + off.error().what + ")"};
  };
  auto console = open_device(environment.drivers.console, board.console, context, "console");
  if (!console) return give_up(console.error());
  auto boot = open_device(environment.drivers.boot, board.boot, context, "boot");
  if (!boot) return give_up(boot.error());
  return OpenBoard{std::move(*power), share_console(std::move(*console), lease.watchers.get()),
                   std::move(*boot)};
}

Workshop::Workshop(std::vector<Board> boards, Lab::BuildPlace place, WorkTree tree, Repository repository)
    : boards_(std::move(boards)),
      place_(std::move(place)),
      tree_(std::move(tree)),
      repository_(std::move(repository)) {}

Workshop::~Workshop() = default;

Result<std::unique_ptr<Workshop>> Workshop::open(const Recipe& recipe, std::vector<Board> boards,
                                                 const std::filesystem::path& directory,
                                                 Environment& environment, const WorkObservers& observers) {
  const Lab lab(environment.lab);
  auto place = lab.build_place(recipe.tree);
  if (!place) return place.error();
  auto repository = Repository::open(recipe.tree);
  if (!repository) return repository.error();
  auto tree = WorkTree::open(recipe.tree, place->source);
  if (!tree) return tree.error();
  std::unique_ptr<Workshop> workshop(
      new Workshop(std::move(boards), std::move(*place), std::move(*tree), std::move(*repository)));
  workshop->open_builder(recipe, lab, environment.clock);
  if (auto prepared = workshop->open_preparer(recipe, directory, environment); !prepared)
    return prepared.error();
  if (auto opened = workshop->open_boards(environment, observers); !opened) return opened.error();
  return workshop;
}

std::vector<Error> Workshop::close() {
  return crew_->shut_down();
}

void Workshop::open_builder(const Recipe& recipe, const Lab& lab, Clock& clock) {
  const SourceTree source{
      [this](const std::string& commit) { return repository_.tree_of(commit); },
      [this](const std::string& commit) { return repository_.newest_release_in(commit); },
      [this](const std::string& commit, std::stop_token stop) { return tree_.check_out(commit, stop); },
      [this](const std::filesystem::path& patch) { return tree_.apply(patch); },
  };
  const KernelDirectories directories{place_.source, place_.objects, lab.kernels() / "images",
                                      lab.kernels() / "logs"};
  builder_ = std::make_unique<MakeKernelBuilder>(kernel_spec(recipe.kernel), directories, source, clock);
  kernels_ = std::make_unique<KernelStore>(*builder_);
}

Result<void> Workshop::open_preparer(const Recipe& recipe, const std::filesystem::path& directory,
                                     Environment& environment) {
  const auto runs = directory / "runs";
  if (auto made = make_directories(runs); !made) return made;
  auto reproducer = prepare_reproducer(reproducer_source(recipe), directory / "reproducer", environment.clock,
                                       environment.stop);
  if (!reproducer) return reproducer.error().within("reproducer");
  RunSetup setup{target_init_image(),
                 std::move(*reproducer),
                 recipe.reproducer.once,
                 recipe.command_line,
                 runs,
                 symbolize};
  preparer_ = std::make_unique<RunPreparer>(std::move(setup), *kernels_);
  return {};
}

Result<void> Workshop::open_boards(Environment& environment, const WorkObservers& observers) {
  for (const Board& board : boards_) {
    auto lease = environment.lease(board);
    if (!lease) return lease.error();
    leases_.push_back(std::move(*lease));
  }
  // A worker at once for each, so that the boards opened so far are switched off if one is missing.
  std::vector<std::unique_ptr<BoardWorker>> workers;
  for (std::size_t i = 0; i < boards_.size(); ++i) {
    const Board& board = boards_[i];
    const BoardOpener opener = [&environment, &lease = leases_[i]](const Board& wanted) {
      return open_devices(wanted, lease, environment);
    };
    auto devices = opener(board);
    if (!devices) return devices.error();
    workers.push_back(std::make_unique<BoardWorker>(board, std::move(*devices), opener, *preparer_,
                                                    environment.clock, events_, observers.run));
  }
  crew_ = std::make_unique<RealCrew>(
      events_,
      std::make_unique<BuildWorker>(*kernels_, environment.clock, events_, observers.build, observers.note),
      std::move(workers));
  return {};
}

}  // namespace rigbisect
