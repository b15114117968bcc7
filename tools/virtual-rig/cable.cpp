#include "cable.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rigbisect::rig {
namespace {

constexpr Duration kCatchUp = std::chrono::milliseconds(20);  // a busy controller is late by that much
constexpr int kBoardFifo = 16;
constexpr char kMuxEscape =
    0x01;  // QEMU, docs/system/mux-chardev: Ctrl-a b sends a break, Ctrl-a Ctrl-a a Ctrl-a

}  // namespace

// Pipes, because QEMU writes byte by byte: each byte would take 768 bytes of a socket's buffer, and when that
// is full guests lose text (Linux waits 10 ms for a UART's FIFO, OVMF resets it).
Result<std::array<LineEnd, 2>> make_line() {
  std::array<LineEnd, 2> ends;
  for (const std::size_t from : {0U, 1U}) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return errno_error("pipe");
    ends[1 - from].in.reset(pipe[0]);
    ends[from].out.reset(pipe[1]);
  }
  return ends;
}

Result<LineEnd> make_named_line(const std::string& path) {
  for (const char* suffix : {".in", ".out"}) {
    ::unlink((path + suffix).c_str());
    if (::mkfifo((path + suffix).c_str(), 0600) != 0) return errno_error(path + suffix);
  }
  constexpr int kFlags = O_NONBLOCK | O_CLOEXEC;
  LineEnd end;
  end.in.reset(::open((path + ".out").c_str(), O_RDONLY | kFlags));
  end.out.reset(::open((path + ".in").c_str(), O_RDWR | kFlags));  // O_WRONLY fails without a reader
  if (!end.in.valid() || !end.out.valid()) return errno_error(path);
  return end;
}

Cable::Cable(Loop& loop, Adapter& adapter, unsigned baud, bool escapes)
    : loop_(loop),
      adapter_(adapter),
      baud_(baud),
      byte_time_(Duration(std::chrono::seconds(10)) / baud),
      escapes_(escapes) {
  adapter_.set_peer_present(false);
}

Cable::~Cable() {
  disconnect();
  for (const Wire* wire : {&to_host_, &to_board_}) {
    if (wire->timer) loop_.cancel(*wire->timer);
  }
}

Result<void> Cable::connect(LineEnd board) {
  disconnect();
  if (auto ok = loop_.watch(board.in.get(), [this] { pump(to_host_, true); }); !ok) return ok;
  board_ = std::move(board);
  adapter_.set_peer_present(true);
  return {};
}

void Cable::disconnect() {
  if (board_.in.valid()) loop_.unwatch(board_.in.get());
  board_ = {};
  noise_.clear();
  adapter_.set_peer_present(false);
}

void Cable::host_wrote() {
  pump(to_board_, false);
}

void Cable::send_break() {
  if (!board_.out.valid() || !escapes_) return;
  const std::array<char, 2> bytes{kMuxEscape, 'b'};
  [[maybe_unused]] const auto written = ::write(board_.out.get(), bytes.data(), bytes.size());
}

void Cable::inject(const std::string& noise) {
  noise_ += noise;
  pump(to_host_, true);
}

std::string Cable::random_bytes(std::size_t count) {
  std::random_device source;
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(source());
  return bytes;
}

void Cable::pump(Wire& wire, bool to_host) {
  if (wire.timer) return;  // it comes back here when the line is free
  const TimePoint now = loop_.now();
  if (wire.free_at <= now) {
    Fifo fifo;
    const std::size_t count = to_host ? take_from_board(fifo) : adapter_.read(fifo);
    if (count == 0) return;
    wire.free_at = std::max(wire.free_at, now - kCatchUp) + byte_time_ * static_cast<long>(count);
    const std::span<char> bytes = std::span(fifo).first(count);
    if (to_host) {
      deliver_to_host(bytes);
    } else {
      deliver_to_board(bytes);
    }
  }
  wire.timer = loop_.at(std::max(wire.free_at, now), [this, &wire, to_host] {
    wire.timer.reset();
    pump(wire, to_host);
  });
}

std::size_t Cable::take_from_board(std::span<char> into) {
  if (!noise_.empty()) {
    const std::size_t count = noise_.copy(into.data(), into.size());
    noise_.erase(0, count);
    return count;
  }
  if (!board_.in.valid()) return 0;
  const auto got = ::read(board_.in.get(), into.data(), into.size());
  if (got <= 0) return 0;
  if (on_board_text) on_board_text(std::string_view(into.data(), static_cast<std::size_t>(got)));
  return static_cast<std::size_t>(got);
}

void Cable::deliver_to_host(std::span<char> bytes) {
  if (silent_ || !adapter_.opened()) return;
  adapter_.write(distort(bytes));
}

void Cable::deliver_to_board(std::span<char> bytes) {
  int waiting = 0;
  // A board that does not read loses bytes: its FIFO overruns.
  if (!board_.out.valid() || ::ioctl(board_.out.get(), FIONREAD, &waiting) != 0 || waiting > kBoardFifo)
    return;
  std::string line;
  for (const char byte : distort(bytes)) {
    if (escapes_ && byte == kMuxEscape) line += kMuxEscape;
    line += byte;
  }
  [[maybe_unused]] const auto written = ::write(board_.out.get(), line.data(), line.size());
}

std::span<char> Cable::distort(std::span<char> bytes) {
  const unsigned speed = adapter_.speed();
  const bool wrong = speed != baud_;
  if (wrong && !wrong_speed_ && on_wrong_speed) on_wrong_speed(speed);
  wrong_speed_ = wrong;
  if (wrong) {
    for (char& byte : bytes) byte = static_cast<char>(random_());
  }
  if (loss_ <= 0) return bytes;
  std::bernoulli_distribution lost(std::min(loss_, 1.0));
  const auto end = std::remove_if(bytes.begin(), bytes.end(), [&](char) { return lost(random_); });
  return bytes.first(static_cast<std::size_t>(end - bytes.begin()));
}

}  // namespace rigbisect::rig
