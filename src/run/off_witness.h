#pragma once

#include <vector>

#include "config/board.h"
#include "run/off_proof.h"

namespace rigbisect {

// The witnesses that the board file's `off_proof` names: a ping that is not answered when the machine is off,
// a network interface of ours that loses its carrier. They look at this host's network whenever they are
// asked, and each look is at most a second.
std::vector<OffWitness> off_witnesses(const Board& board, Clock& clock);

// Whether a network interface has a carrier: something is at the other end of its cable. Errors: not_found
// (no such interface), invalid (it is down).
Result<bool> has_carrier(const std::string& interface);

}  // namespace rigbisect
