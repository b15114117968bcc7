// parse-console as a program of its own: tools that score the recogniser need nothing else.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/parse_console.h"
#include "os/real_clock.h"

int main(int argc, char** argv) {
  CLI::App app("Say what crashed in console logs");
  int exit_code = 0;
  rigbisect::RealClock clock;
  const rigbisect::ParseConsoleIo io{0, std::cout, std::cerr, clock, {}};
  rigbisect::add_parse_console(app, io, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
