#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/board.h"
#include "device/console_feed.h"
#include "device/power_switch.h"

namespace rigbisect {

// Something beside the switch and the console that can see whether a machine has power: a ping, a link.
// Returns the sign of power that it saw ("10.77.0.42 answers a ping"), or "" if it saw none. Blocks until
// `deadline` at most. An Error: it cannot look at all.
using OffWitness = std::function<Result<std::string>(Deadline deadline)>;

// Shows that a machine whose switch says "off" is off: the modem lines that it drove have fallen, or else its
// console falls silent for as long as the board file asks; and no witness sees a sign of power. A relay that
// is stuck fails this with the evidence. A console that is away proves nothing, and nothing is held against
// the machine for it: an adapter may go off with its board.
class OffProver {
 public:
  // All references outlive this object.
  OffProver(const Board& board, PowerSwitch& power, ConsoleFeed& console, std::vector<OffWitness> witnesses,
            Clock& clock);

  // To be called before "off" is said: looks whether the machine drives its modem lines, for lines that were
  // never seen up prove nothing.
  void look();

  // `off_at`: when the switch had obeyed; what the console said before does not count. Blocks for as long as
  // the silence takes, at most that and the board's time for its switch. Takes what the console says. Errors:
  // io, with what was seen; a witness's own.
  Result<void> prove(TimePoint off_at);

 private:
  Result<std::string> sign_of_power(TimePoint off_at, Deadline deadline);
  std::optional<std::string> lines_sign(Deadline deadline);
  std::string console_sign(TimePoint off_at, Deadline deadline);
  std::string switch_says();

  const Board& board_;
  PowerSwitch& power_;
  ConsoleFeed& console_;
  std::vector<OffWitness> witnesses_;
  Clock& clock_;
  bool lines_were_driven_ = false;
};

}  // namespace rigbisect
