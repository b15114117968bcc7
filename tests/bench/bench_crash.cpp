// bench-crash [DIRECTORY]: megabytes per second of processor time, one thread.
//   parse   the first crash of every *.log in DIRECTORY (default: the project's own logs)
//   scan    a log of 100 MB without a crash, with one at its end, and both over a line that loses bytes
//   memory  what streaming 1 GB with ten crashes adds to the resident size at most
// Processor time, so that a busy machine says nearly the same.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "crash/crash_parser.h"
#include "os/memory.h"

namespace {

using namespace rigbisect;

constexpr std::size_t scan_size = 100'000'000;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<std::string> logs_of(const std::filesystem::path& directory) {
  std::vector<std::string> logs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    logs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return logs;
}

// What a healthy machine says.
std::string quiet_log(std::size_t size) {
  constexpr const char* lines[] = {
      "usb 1-1: new high-speed USB device number %d using xhci_hcd",
      "IPv6: ADDRCONF(NETDEV_CHANGE): veth%d: link becomes ready",
      "EXT4-fs (sda%d): mounted filesystem with ordered data mode. Opts: (null)",
      "audit: type=1400 audit(1750305980.320:%d): avc:  denied  { mount } for  pid=297 comm=\"sh\"",
      "e1000e 0000:00:1f.6 eth%d: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx",
      "systemd[1]: Started Session %d of user root.",
      "ACPI: PCI: Interrupt link LNK%d configured for IRQ 11"};
  std::mt19937 random(1);
  std::string log;
  char text[256];
  for (double at = 0; log.size() < size; at += 0.001) {
    const int stamp = std::snprintf(text, sizeof text, "[%12.6f] ", at);
    const int rest = std::snprintf(text + stamp, sizeof text - static_cast<std::size_t>(stamp),
                                   lines[random() % std::size(lines)], static_cast<int>(random() % 100));
    log.append(text, static_cast<std::size_t>(stamp + rest)) += '\n';
  }
  return log;
}

std::string with_losses(const std::string& log, double share) {
  std::mt19937 random(7);
  std::geometric_distribution<std::size_t> run(share);
  std::string out;
  for (std::size_t at = 0; at < log.size();) {
    const auto kept = run(random);
    out.append(log, at, kept);
    at += kept + 1;
  }
  return out;
}

// The best of several rounds.
template <typename Work>
void measure(const char* what, std::size_t bytes, Work work) {
  double best = 1e9;
  std::size_t found = 0;
  for (int round = 0; round < 5; ++round) {
    const double before = processor_seconds();
    found = work();
    best = std::min(best, processor_seconds() - before);
  }
  std::printf("%-44s %9.1f MB/s  (%zu crashes)\n", what, static_cast<double>(bytes) / best / 1e6, found);
}

std::size_t parse_each(const std::vector<std::string>& logs) {
  std::size_t crashes = 0;
  for (const auto& log : logs) crashes += parse_crash(log) ? 1U : 0U;
  return crashes;
}

std::size_t total(const std::vector<std::string>& logs) {
  std::size_t bytes = 0;
  for (const auto& log : logs) bytes += log.size();
  return bytes;
}

// The most that was ever resident.
std::size_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// Comes first: later, what other measurements freed would hide what a stream takes.
void measure_memory(const std::string& crash) {
  constexpr std::size_t piece = 64 * 1024;
  constexpr std::size_t pieces = 16'000;
  const auto quiet = quiet_log(piece);
  const auto before = peak_bytes();
  std::size_t reports = 0;
  CrashStream stream;
  for (std::size_t i = 0; i < pieces; ++i) {
    stream.feed(quiet);
    if (i % (pieces / 10) == 0) stream.feed(crash);
    reports += stream.take_finished().size();
  }
  std::printf("streaming %zu MB adds at most %.1f MB  (%zu crashes)\n", pieces * quiet.size() / 1'000'000,
              static_cast<double>(peak_bytes() - before) / 1e6, reports);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory(8U << 20);  // as `rigbisect parse-console` does
  const auto logs = logs_of(argc > 1 ? argv[1] : RIGBISECT_SOURCE_DIR "/tests/data/console");
  const auto crash =
      logs.empty() ? std::string("BUG: unable to handle kernel paging request\n") : logs.front();
  measure_memory(crash);
  measure("parse: first crash of each log", total(logs), [&] { return parse_each(logs); });
  std::vector<std::string> damaged;
  for (const auto& log : logs) damaged.push_back(with_losses(log, 1e-3));
  measure("parse, 1 byte in 1000 lost", total(damaged), [&] { return parse_each(damaged); });
  const auto scan = [](const char* what, const std::string& log) {
    measure(what, log.size(), [&log] { return parse_crash(log) ? 1U : 0U; });
    measure("  the same, 1 byte in 1000 lost", log.size(),
            [lossy = with_losses(log, 1e-3)] { return parse_crash(lossy) ? 1U : 0U; });
  };
  const auto quiet = quiet_log(scan_size);
  scan("scan: no crash", quiet);
  scan("scan: a crash at the end", quiet + crash);
}
