#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "device/driver.h"

// What every power driver has to stand, whatever its protocol: conformance.cpp runs the same questions over a
// driver and the peer of its protocol.
namespace rigbisect {

using Given = std::map<std::string, std::vector<std::string>>;

enum class Manners {
  honest,
  stuck,    // takes commands, does not switch, reports the truth
  lies,     // takes commands, stays on, says off; only its meter tells
  slow,     // switches 46 s after the command
  garbage,  // answers bytes that are not its protocol
  half,     // answers half of what it should, then nothing
  reset,    // resets the connection instead of answering
  silent,   // takes the request and never answers
};

const char* to_string(Manners manners);

constexpr Duration kSlowSwitch = std::chrono::seconds(46);

// A device with at least `outlets()` outlets, all off at first.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual DriverRow<PowerSwitch> row() const = 0;
  virtual Given options(int outlet) const = 0;  // outlets from 1
  virtual int outlets() const { return 2; }
  // The part of the options that is wrong: wrong password, or no device at this address. Empty: there is
  // none.
  virtual Given wrong_credentials() const { return {}; }
  virtual Given nobody_there() const { return {}; }
  // What an error must name beside the driver: the device as the options call it.
  virtual std::string device() const = 0;
  virtual bool can(Manners manners) const = 0;
  virtual void behave(Manners manners) = 0;
  virtual bool is_on(int outlet) const = 0;
  virtual bool reads_back() const { return true; }
};

// Asks everything. Checks of doctest fail in it.
void check_conformance(Peer& peer);

// Asks a device with a timer of its own to go off for so long: it does, and comes back by itself.
void check_timer(Peer& peer, Duration off_time);

}  // namespace rigbisect
