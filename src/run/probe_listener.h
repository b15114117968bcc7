#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "device/console_feed.h"

namespace rigbisect {

// The console of another board, which listens in case wires are swapped. Its board is off.
struct Neighbour {
  std::string board;
  ConsoleFeed& console;
};

// A board's console with a copy of what it said since the last discard(), and an ear on the neighbours'
// consoles. One thread.
class ProbeListener : public ConsoleFeed {
 public:
  // `nonce`: of the boot that is listened to; "": none. `own` and the neighbours outlive this object.
  ProbeListener(ConsoleFeed& own, const std::vector<Neighbour>& neighbours, std::string nonce, Clock& clock);

  Result<ConsoleChunk> next(Deadline deadline, std::stop_token stop) override;
  void discard() override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return own_.write(bytes, deadline, std::move(stop));
  }
  ModemLines* modem_lines() override { return own_.modem_lines(); }

  // Stops when this boot's nonce was heard on a neighbour's console: there is nothing to wait for then.
  std::stop_token heard_elsewhere() const { return elsewhere_.get_token(); }

  const std::string& said() const { return said_; }
  // More than noise was said, and a quarter of it is no text: another speed, or a bad line.
  bool is_garbage() const;
  // The first line that can be read, in quotes, or that there is none.
  std::string first_words() const;

  // How many of the markers that this boot sent arrived whole.
  struct Markers {
    std::size_t whole = 0;
    std::size_t sent = 0;
  };
  Markers markers() const;

  // A neighbour whose console spoke meanwhile; `certain` if it said this boot's nonce.
  struct Stray {
    std::string board;
    bool certain = false;
  };
  std::optional<Stray> stray() const;

 private:
  struct Ear {
    Neighbour neighbour;
    std::string text;
  };

  void hear(Ear& ear);
  bool has_nonce(const std::string& text) const;

  ConsoleFeed& own_;
  std::string nonce_;
  Clock& clock_;
  std::vector<Ear> ears_;
  std::string said_;
  std::stop_source elsewhere_;
};

}  // namespace rigbisect
