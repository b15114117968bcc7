#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "tests/drivers/power/conformance.h"
#include "tests/drivers/power/faulty_relay.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {

// A real server whose outlets are files, moved by a script that the server runs. The script may use the shell
// functions
//   command OUTLET 0|1     what an outlet does when it is told
//   said OUTLET            exit status 0: it says on
//   drawn OUTLET           prints its watts
// which have the manners of the peer. Commands reach the server through a FaultyRelay.
class ScriptPeer : public Peer {
 public:
  // `body` runs with the server's arguments, in directory().
  explicit ScriptPeer(const std::string& body);

  bool can(Manners manners) const override { return manners != Manners::lies; }
  void behave(Manners manners) override;
  bool is_on(int outlet) const override;
  std::string device() const override { return "127.0.0.1"; }
  Given nobody_there() const override { return {{"port", {text(nobody_)}}}; }

  const std::filesystem::path& directory() const { return scratch_.path(); }
  std::string file(const std::string& name) const { return directory() / name; }
  std::string script() const { return file("script"); }
  void write(const std::string& name, const std::string& content) const;

 protected:
  static std::string text(int number) { return std::to_string(number); }

  // Starts the server and waits until a first command is obeyed.
  void start(const std::vector<std::string>& argv, FaultyRelay::Kind kind, int port);
  int relay_port() const { return relay_->port(); }

 private:
  ScratchDirectory scratch_;
  int nobody_;
  std::optional<RunningProgram> program_;
  std::optional<FaultyRelay> relay_;
};

}  // namespace rigbisect
