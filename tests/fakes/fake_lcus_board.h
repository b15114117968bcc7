#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>

#include <unistd.h>

#include "os/fd.h"

namespace rigbisect {

// An LCUS relay board at the far end of a serial wire, with the faults that such boards have.
class FakeLcusBoard {
 public:
  struct Manners {
    bool answers = true;
    int channels = 4;
    bool stuck = false;     // takes commands and does not switch
    std::string says = {};  // to a query, instead of the truth
    int ignores_first = 0;  // commands lost before one is heard
  };

  FakeLcusBoard(int wire, Manners manners)
      : wire_(::dup(wire)),
        manners_(std::move(manners)),
        thread_([this](std::stop_token stop) { serve(stop); }) {}

  bool is_on(int channel) const { return on_[static_cast<std::size_t>(channel)]; }
  int commands() const { return commands_; }
  bool saw_bad_frame() const { return bad_frame_; }

 private:
  void serve(const std::stop_token& stop) {
    const std::array<int, 1> fds{wire_.get()};
    std::string in;
    while (wait_ready(fds, false, Deadline::max(), stop)) {
      std::array<char, 64> buffer{};
      const ssize_t count = ::read(wire_.get(), buffer.data(), buffer.size());
      if (count <= 0) return;  // unplugged
      in.append(buffer.data(), static_cast<std::size_t>(count));
      while (!in.empty() && take(in)) continue;
    }
  }

  // Handles what stands at the front of `in`; false if it is not complete.
  bool take(std::string& in) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
    if (byte(0) == 0xff) {
      in.erase(0, 1);
      answer();
      return true;
    }
    if (in.size() < 4) return false;
    if (byte(0) != 0xa0 || ((byte(0) + byte(1) + byte(2)) & 0xff) != byte(3) || byte(1) >= on_.size()) {
      bad_frame_ = true;
    } else if (++commands_ > manners_.ignores_first && !manners_.stuck) {
      on_[byte(1)] = byte(2) == 1;
    }
    in.erase(0, 4);
    return true;
  }

  void answer() {
    std::string reply = manners_.says;
    for (int channel = 1; reply.empty() && manners_.answers && channel <= manners_.channels; ++channel) {
      lines_ += "CH" + std::to_string(channel) + (is_on(channel) ? ": ON \r\n" : ":OFF\r\n");
    }
    if (reply.empty()) reply = std::exchange(lines_, {});
    for (const char c : reply) {  // byte by byte, as a UART does
      [[maybe_unused]] const ssize_t written = ::write(wire_.get(), &c, 1);
    }
  }

  Fd wire_;
  Manners manners_;
  std::string lines_;
  std::array<std::atomic<bool>, 9> on_{};
  std::atomic<int> commands_{0};
  std::atomic<bool> bad_frame_{false};
  std::jthread thread_;
};

}  // namespace rigbisect
