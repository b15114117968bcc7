#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rigbisect {

// Whether standard output and standard error both are a terminal that understands cursor movement (TERM is
// not dumb).
bool is_live_terminal();

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Of the terminal at standard output, as it is now; 80 by 24 if it does not say.
TerminalSize terminal_size();

// A stream of console bytes made safe to show: escape sequences and other controls become visible text
// ("\x1b[2J"), carriage return, line feed, tab and backspace act, UTF-8 is shown also if it arrives in
// pieces. A board can then colour nothing, move no cursor and answer no query of the terminal. Not
// thread-safe.
class ConsoleFilter {
 public:
  // What to show for the next bytes. Up to three bytes of an unfinished character are kept for the next call.
  std::string feed(std::string_view bytes);

  // What was kept back, as it is: nothing more will come, or not soon.
  std::string flush();

 private:
  std::string pending_;
};

// Puts a terminal into raw mode: every key goes to us at once, Ctrl-C too, and nothing is echoed. Output
// still turns line feeds into new lines. The old settings come back when this object ends, on every way out
// but SIGKILL. A descriptor that is no terminal is left alone.
class RawTerminal {
 public:
  // Errc::io if the terminal refuses.
  static Result<RawTerminal> enter(int fd);
  RawTerminal(RawTerminal&&) noexcept;
  RawTerminal& operator=(RawTerminal&&) noexcept;
  ~RawTerminal();

  bool is_terminal() const { return saved_ != nullptr; }

 private:
  struct Saved;
  RawTerminal();
  std::unique_ptr<Saved> saved_;
};

}  // namespace rigbisect
