#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "bisect/commit_graph.h"
#include "bisect/outcome.h"

// What happened in a campaign: facts only, no decisions. The run log stores them in order; replaying them
// gives back the whole state. An event counts once it is durable.
namespace rigbisect {

struct BuildEnded {
  CommitId commit;
  BuildOutcome outcome;
  std::string compiler;  // "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"; "" if unknown
  Duration elapsed{};

  bool operator==(const BuildEnded&) const = default;
};

struct RunEnded {
  CommitId commit;
  std::string board;
  RunOutcome outcome;
  Duration elapsed{};   // from power-off to power-off
  std::string console;  // artefact: the console log of this run, relative to the campaign's directory

  bool operator==(const RunEnded&) const = default;
};

// The board is set aside for the rest of the campaign: too many bench faults in a row.
struct BoardSetAside {
  std::string board;
  Error error;

  bool operator==(const BoardSetAside&) const = default;
};

using Event = std::variant<BuildEnded, RunEnded, BoardSetAside>;

}  // namespace rigbisect
