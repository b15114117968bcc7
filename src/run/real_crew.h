#pragma once

#include <memory>
#include <vector>

#include "run/board_worker.h"
#include "run/build_worker.h"
#include "run/crew.h"

namespace rigbisect {

// The crew that does it: a thread per board, a thread for the build slot. See Crew for the contract.
class RealCrew : public Crew {
 public:
  // `events` is the queue that the workers push to; it outlives the crew.
  RealCrew(EventQueue& events, std::unique_ptr<BuildWorker> builder,
           std::vector<std::unique_ptr<BoardWorker>> boards);

  Capacity capacity() const override;
  bool has_board() const override;
  void start(const Task& task) override;
  void cancel(const Task& task) override;
  Result<std::optional<Event>> wait(std::stop_token stop) override;

  // Stops everything and switches every board off; one error per board that did not obey. Blocks.
  std::vector<Error> shut_down();

 private:
  EventQueue& events_;
  std::unique_ptr<BuildWorker> builder_;
  std::vector<std::unique_ptr<BoardWorker>> boards_;
};

}  // namespace rigbisect
