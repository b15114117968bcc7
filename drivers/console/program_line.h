#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "drivers/console/reopening_console.h"
#include "os/fd.h"
#include "os/process.h"

namespace rigbisect {

// A console that is a program's standard input and output (ssh, conserver's client, ipmitool): it runs for as
// long as this object, on a pseudo terminal in raw mode, and its stderr is what messages quote. When this
// ends the program sees its terminal hang up, and is killed with its process group if it does not mind.
class ProgramLine : public ConsoleLine {
 public:
  // `name` is what messages begin with. The command's `connection` is set here.
  static Result<std::shared_ptr<ProgramLine>> start(Command command, std::string name, Clock& clock);
  ~ProgramLine() override;

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override;
  std::string describe() const override { return name_; }

  // Whether it ended by `deadline`. Blocks until then at most.
  bool ended_by(Deadline deadline);

  // What it wrote to stderr, once it ended; cut to the last 4 KB.
  std::string complaint();

 private:
  ProgramLine(Fd terminal, std::string name, Clock& clock)
      : terminal_(std::move(terminal)), name_(std::move(name)), clock_(clock) {}
  void run(Command command, Fd far_end, const std::stop_token& stop);
  Error gone();

  Fd terminal_;
  std::string name_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Result<Finished>> end_;  // guarded by mutex_
  std::jthread thread_;                  // starts and reaps: a program dies with the thread that started it
};

}  // namespace rigbisect
