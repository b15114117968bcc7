// bench-symbols VMLINUX MODULES LOG...: how long it takes to open a build's files, and to symbolise the first
// crash of each log with them. MODULES may be "".
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>

#include "crash/crash_parser.h"
#include "symbols/symbolizer.h"

namespace {

using Moment = std::chrono::steady_clock::time_point;

double milliseconds_since(Moment begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench-symbols VMLINUX MODULES LOG...\n";
    return 2;
  }
  const Moment begin = std::chrono::steady_clock::now();
  auto symbolizer = rigbisect::Symbolizer::open(argv[1], argv[2]);
  if (!symbolizer) {
    std::cerr << symbolizer.error().what << "\n";
    return 1;
  }
  std::cout << milliseconds_since(begin) << " ms to open\n";
  std::size_t frames = 0;
  std::size_t located = 0;
  for (int i = 3; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::string log{std::istreambuf_iterator<char>(in), {}};
    auto report = rigbisect::parse_crash(log);
    if (!report) continue;
    const Moment start = std::chrono::steady_clock::now();
    symbolizer->symbolize(*report);
    const double spent = milliseconds_since(start);
    const auto& tally = symbolizer->tally();
    std::cout << spent << " ms, " << tally.located - located << " of " << tally.frames - frames
              << " frames: " << argv[i] << "\n";
    frames = tally.frames;
    located = tally.located;
  }
  return 0;
}
