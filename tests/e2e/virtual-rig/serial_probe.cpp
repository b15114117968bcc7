// Drives a shelf of tools/virtual-rig by unmodified libserialport, as any program with real adapters would.
//   serial-probe list                        each port: name, USB ids, product, serial
//   serial-probe relay PORT CHANNEL on|off   one LCUS command
//   serial-probe bad-relay PORT CHANNEL      an "on" command with a wrong checksum
//   serial-probe query PORT                  what the relay board answers
//   serial-probe wait PORT SECONDS TEXT      reads at 115200 until TEXT; prints all that came on stdout and,
//   on stderr,
//                                            the seconds to the first byte and to TEXT, and bytes per second
//   serial-probe lines PORT                  every call on modem lines and break
//   serial-probe exclusive PORT SECONDS      holds the port (TIOCEXCL, flock) for so long
// Exit status 0 if it succeeded, 1 if not (3 if the adapter went away while reading).
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <libserialport.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct PortCloser {
  void operator()(sp_port* port) const {
    sp_close(port);
    sp_free_port(port);
  }
};
using Port = std::unique_ptr<sp_port, PortCloser>;

void check(sp_return result, const char* what) {
  if (result >= 0) return;
  char* message = result == SP_ERR_FAIL ? sp_last_error_message() : nullptr;
  std::cerr << what << ": " << (message != nullptr ? message : "refused") << "\n";
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

Port open_port(const std::string& path, int baud) {
  // libserialport 0.1.1 does not follow /dev/serial/by-id itself.
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  sp_port* port = nullptr;
  check(sp_get_port_by_name(real != nullptr ? real.get() : path.c_str(), &port), path.c_str());
  Port owner(port);
  check(sp_open(port, SP_MODE_READ_WRITE), "open");
  check(sp_set_baudrate(port, baud), "baud");
  check(sp_set_bits(port, 8), "bits");
  check(sp_set_parity(port, SP_PARITY_NONE), "parity");
  check(sp_set_stopbits(port, 1), "stop bits");
  check(sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE), "flow control");
  return owner;
}

void print_port(sp_port* port) {
  int vendor = 0;
  int product = 0;
  check(sp_get_port_usb_vid_pid(port, &vendor, &product), "USB ids");
  const char* name = sp_get_port_usb_product(port);
  const char* serial = sp_get_port_usb_serial(port);
  std::printf("%s %04x:%04x %s %s\n", sp_get_port_name(port), static_cast<unsigned>(vendor),
              static_cast<unsigned>(product), name != nullptr ? name : "-", serial != nullptr ? serial : "-");
}

int list() {
  sp_port** ports = nullptr;
  check(sp_list_ports(&ports), "list");
  for (sp_port** port = ports; *port != nullptr; ++port) print_port(*port);
  sp_free_port_list(ports);
  return 0;
}

int command_relay(const std::string& path, int channel, int operation, int error) {
  const Port port = open_port(path, 9600);
  const std::array<unsigned char, 4> frame{0xa0, static_cast<unsigned char>(channel),
                                           static_cast<unsigned char>(operation),
                                           static_cast<unsigned char>(0xa0 + channel + operation + error)};
  check(sp_blocking_write(port.get(), frame.data(), frame.size(), 500), "write");
  check(sp_drain(port.get()), "drain");
  return 0;
}

int query(const std::string& path) {
  const Port port = open_port(path, 9600);
  const unsigned char question = 0xff;
  check(sp_blocking_write(port.get(), &question, 1, 500), "write");
  std::array<char, 128> answer{};
  const sp_return got = sp_blocking_read(port.get(), answer.data(), answer.size(), 300);
  check(got, "read");
  std::cout << std::string_view(answer.data(), static_cast<std::size_t>(got));
  return got > 0 ? 0 : 1;
}

int wait(const std::string& path, double seconds, const std::string& text) {
  const Port port = open_port(path, 115200);
  const auto start = Clock::now();
  const auto elapsed = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::string seen;
  double first = 0;
  while (elapsed() < seconds) {
    std::array<char, 256> bytes;
    const sp_return got = sp_blocking_read_next(port.get(), bytes.data(), bytes.size(), 100);
    if (got < 0) return std::cerr << "adapter gone after " << elapsed() << " s\n", 3;
    if (got == 0 && sp_input_waiting(port.get()) < 0)
      return std::cerr << "adapter gone after " << elapsed() << " s\n", 3;
    if (got > 0 && seen.empty()) first = elapsed();
    const std::string_view piece(bytes.data(), static_cast<std::size_t>(got));
    seen += piece;
    std::cout << piece << std::flush;
    if (!text.empty() && seen.find(text) != std::string::npos) {
      std::cerr << "first byte " << first << " s, text " << elapsed() << " s, " << seen.size() << " bytes, "
                << static_cast<double>(seen.size()) / (elapsed() - first) << " bytes/s\n";
      return 0;
    }
  }
  std::cerr << seen.size() << " bytes in " << elapsed() << " s\n";
  return text.empty() ? 0 : 1;
}

int lines(const std::string& path) {
  const Port port = open_port(path, 115200);
  sp_signal signals{};
  check(sp_set_rts(port.get(), SP_RTS_ON), "RTS");
  check(sp_set_dtr(port.get(), SP_DTR_ON), "DTR");
  check(sp_get_signals(port.get(), &signals), "signals");
  check(sp_start_break(port.get()), "break");
  check(sp_end_break(port.get()), "end of break");
  check(sp_flush(port.get(), SP_BUF_BOTH), "flush");
  std::cout << ((signals & SP_SIG_CTS) != 0 ? "powered\n" : "no peer\n");
  return 0;
}

int exclusive(const std::string& path, unsigned seconds) {
  const Port port = open_port(path, 115200);
  int fd = -1;
  check(sp_get_port_handle(port.get(), &fd), "handle");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return std::cout << "busy\n", 1;
  if (::ioctl(fd, TIOCEXCL) != 0) return std::cout << "no TIOCEXCL\n", 1;
  std::cout << "held\n" << std::flush;
  ::sleep(seconds);
  return 0;
}

int run(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "list") return list();
  if (verb == "relay" && words.size() == 4)
    return command_relay(words[1], std::stoi(words[2]), words[3] == "on" ? 1 : 0, 0);
  if (verb == "bad-relay" && words.size() == 3) return command_relay(words[1], std::stoi(words[2]), 1, 1);
  if (verb == "query" && words.size() == 2) return query(words[1]);
  if (verb == "wait" && words.size() == 4) return wait(words[1], std::stod(words[2]), words[3]);
  if (verb == "lines" && words.size() == 2) return lines(words[1]);
  if (verb == "exclusive" && words.size() == 3)
    return exclusive(words[1], static_cast<unsigned>(std::stoul(words[2])));
  std::cerr << "serial-probe: see its source for usage\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  return run({argv + 1, argv + argc});
}
