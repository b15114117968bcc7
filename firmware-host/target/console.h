#pragma once

#include <string>

namespace rigbisect {

// The way out to the UART. Lines go through /dev/kmsg, where each is one atomic record that the kernel puts
// between its own lines; where that is missing or switched off on the kernel command line, to /dev/console.
class Console {
 public:
  // Makes standard input, output and error of this process usable, lets kernel messages up to "info" reach
  // the UART (a report must not be swallowed by `quiet`) and takes the rate limit off /dev/kmsg.
  void open();

  // Says `line` (without line end) now. Blocks while the UART is busy. Never fails: there is nobody to tell.
  void say(const std::string& line) const;

  // Sets the console level again: a reproducer may have changed it.
  void restore_level() const;

 private:
  int kmsg_ = -1;
  int tty_ = -1;
};

}  // namespace rigbisect
