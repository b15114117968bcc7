#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cable.h"
#include "loop.h"

namespace rigbisect::rig {

// The LCUS byte protocol, from the board's side: frames A0 channel op sum, the query FF. Pure.
class LcusParser {
 public:
  struct Message {
    bool query = false;
    unsigned channel = 0;  // from 1
    bool on = false;
  };

  // Adds bytes and returns the messages they complete. A frame with a bad sum or an unknown operation is
  // skipped.
  std::vector<Message> feed(std::string_view bytes);

 private:
  std::string pending_;
};

// "CH1: ON \r\nCH2: OFF\r\n"
std::string lcus_status(const std::vector<bool>& channels);

// A relay board with 1, 2, 4 or 8 channels behind a CH340 at 9600 baud, on one end of a cable. It remembers
// what it was told, which is all that such a board can answer; whether the contact follows is the contact's
// affair.
class RelayBoard {
 public:
  // What the board is wired to.
  struct Wiring {
    // A message for this channel arrives (the query: for each channel); true if the board is deaf to it.
    std::function<bool(unsigned channel)> mute;
    // The coil of this channel is switched, a click after the command; also if it was in that state already.
    std::function<void(unsigned channel, bool on)> click;
  };

  // At least `channels`. `line`: the board's end of the cable.
  static Result<std::unique_ptr<RelayBoard>> create(Loop& loop, LineEnd line, unsigned channels,
                                                    Wiring wiring);
  ~RelayBoard();
  RelayBoard(const RelayBoard&) = delete;
  RelayBoard& operator=(const RelayBoard&) = delete;

 private:
  RelayBoard(Loop& loop, LineEnd line, unsigned channels, Wiring wiring);
  void readable();
  void obey(const LcusParser::Message& message);

  Loop& loop_;
  LineEnd line_;
  std::vector<bool> coils_;
  Wiring wiring_;
  LcusParser parser_;
};

}  // namespace rigbisect::rig
