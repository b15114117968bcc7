#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control.h"
#include "log.h"
#include "relay_board.h"
#include "rig.h"

namespace rigbisect::rig {

struct ShelfOptions {
  std::vector<MachineKind> rigs;  // rig 1 first; at most kMostRigs
  unsigned memory_mb = 256;
  unsigned relay_port = 0;          // ttyUSB number of the relay board
  std::filesystem::path directory;  // disks, logs, control socket
  std::filesystem::path scratch;    // short; for the testbed
};

constexpr unsigned kMostRigs = 8;  // channels of the biggest relay board of this kind

// All of it: the lab network, the rigs, the relay board they hang on, and the control socket. REQUIRES:
// enter_namespaces() was called. For the loop's thread.
class Shelf {
 public:
  // Every machine is off. Fails with what is missing.
  static Result<std::unique_ptr<Shelf>> create(Loop& loop, Clock& clock, const ShelfOptions& options);
  ~Shelf();
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;

  // What a program needs in its environment, besides its own, to see the shelf: "NAME=value".
  std::vector<std::string> environment() const;
  // Of the machines that have power.
  std::set<pid_t> processes() const;

 private:
  Shelf(Loop& loop, Log log, const ShelfOptions& options)
      : loop_(loop), log_(std::move(log)), options_(options) {}
  Result<void> build_rigs(Clock& clock);
  Result<void> build_relay_board();
  Result<std::string> control(const std::vector<std::string>& words);
  Result<Rig*> find(const std::string& number);
  std::string control_path() const { return (options_.directory / "control.sock").native(); }

  Loop& loop_;
  Log log_;
  ShelfOptions options_;
  Fd uplink_;
  std::unique_ptr<Testbed> testbed_;
  std::vector<std::unique_ptr<Rig>> rigs_;
  std::unique_ptr<Adapter> relay_adapter_;
  std::unique_ptr<Cable> relay_cable_;
  std::unique_ptr<RelayBoard> relay_board_;
  std::unique_ptr<ControlServer> control_;
};

}  // namespace rigbisect::rig
