#pragma once

#include <array>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>

#include "adapter.h"
#include "loop.h"
#include "os/fd.h"

namespace rigbisect::rig {

// One end of a line as two pipes: bytes to read and bytes to write, both non-blocking.
struct LineEnd {
  Fd in;
  Fd out;
};

// The two ends of a line. Up to 64 KB may be on their way in each direction.
Result<std::array<LineEnd, 2>> make_line();

// The same, but the other end is for a program that opens the named pipes <path>.in and <path>.out. They are
// made afresh: nothing is left in them.
Result<LineEnd> make_named_line(const std::string& path);

// The serial line between a USB adapter and a board. It outlives the board's power cycles. Both directions
// run at the line's speed (10 bit times a byte). What the host does not read is lost: the board never waits
// for it. If the host has set another speed than the line's, it sees garbage and sends garbage. For the
// loop's thread. REQUIRES: SIGPIPE is ignored.
class Cable {
 public:
  // A board's end that takes a byte 0x01 as the start of a command (QEMU's mux) has `escapes` set.
  Cable(Loop& loop, Adapter& adapter, unsigned baud, bool escapes);
  ~Cable();
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  // The board has power; it holds the other end of this line.
  Result<void> connect(LineEnd board);
  // The board has lost power: what it has not sent yet is gone.
  void disconnect();

  // The adapter's on_input.
  void host_wrote();
  // A break on the line, from the host.
  void send_break();

  void set_silent(bool silent) { silent_ = silent; }
  void set_loss(double probability) { loss_ = probability; }
  // Sends these bytes to the host before anything the board sends.
  void inject(const std::string& noise);
  static std::string random_bytes(std::size_t count);

  // Sees what the board sends, before any fault. May be empty.
  std::function<void(std::string_view)> on_board_text;
  // The host's speed differs from the line's; called once until it is right again. May be empty.
  std::function<void(unsigned host_baud)> on_wrong_speed;

 private:
  // One direction. Some milliseconds may be caught up on, so that timers that fire late do not slow it.
  struct Wire {
    TimePoint free_at{};
    std::optional<Loop::TimerId> timer;
  };
  using Fifo = std::array<char, 16>;

  void pump(Wire& wire, bool to_host);
  std::size_t take_from_board(std::span<char> into);
  void deliver_to_host(std::span<char> bytes);
  void deliver_to_board(std::span<char> bytes);
  // Applies loss and a wrong speed; returns what is left.
  std::span<char> distort(std::span<char> bytes);

  Loop& loop_;
  Adapter& adapter_;
  unsigned baud_;
  Duration byte_time_;
  bool escapes_;
  LineEnd board_;
  Wire to_host_;
  Wire to_board_;
  std::string noise_;
  bool silent_ = false;
  double loss_ = 0;
  bool wrong_speed_ = false;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace rigbisect::rig
