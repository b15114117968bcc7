#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "cli/environment.h"
#include "cli/lab.h"
#include "config/board.h"
#include "config/recipe.h"
#include "git/repository.h"
#include "kernel/kernel_builder.h"
#include "run/board_worker.h"
#include "run/build_worker.h"
#include "run/real_crew.h"

namespace rigbisect {

// Who wants to watch the workers; called on their threads.
struct WorkObservers {
  Bench::Observer run;
  BuildWorker::Observer build;
  BuildWorker::Note note;
};

// Everything real that a campaign works with, wired together: work tree, kernel builder, reproducer, boards
// with their devices, the crew. Opening it opens the devices and takes the boards; closing it switches them
// off and gives them back.
class Workshop {
 public:
  // `directory`: of the campaign's artefacts. Blocks for seconds (compiles the reproducer, opens the work
  // tree). Errors name the board, file or program that is missing.
  static Result<std::unique_ptr<Workshop>> open(const Recipe& recipe, std::vector<Board> boards,
                                                const std::filesystem::path& directory,
                                                Environment& environment, const WorkObservers& observers);
  ~Workshop();

  RealCrew& crew() { return *crew_; }

  // Stops all work and switches every board off; an error per board that did not obey. Blocks.
  std::vector<Error> close();

 private:
  Workshop(std::vector<Board> boards, Lab::BuildPlace place, WorkTree tree, Repository repository);

  void open_builder(const Recipe& recipe, const Lab& lab, Clock& clock);
  Result<void> open_preparer(const Recipe& recipe, const std::filesystem::path& directory,
                             Environment& environment);
  Result<void> open_boards(Environment& environment, const WorkObservers& observers);

  std::vector<Board> boards_;
  std::vector<BoardLease> leases_;
  Lab::BuildPlace place_;
  WorkTree tree_;
  Repository repository_;
  std::unique_ptr<KernelBuilder> builder_;
  std::unique_ptr<KernelStore> kernels_;
  std::unique_ptr<RunPreparer> preparer_;
  EventQueue events_;
  std::unique_ptr<RealCrew> crew_;  // last: its threads use everything above
};

// Opens the devices of a leased board by the drivers that its file names. The lease outlives them: who
// watches the console hears it through the lease. Errors name board and driver; the board is switched off
// then, if its switch is there and the console is not in use by somebody else.
Result<OpenBoard> open_devices(const Board& board, const BoardLease& lease, Environment& environment);

}  // namespace rigbisect
