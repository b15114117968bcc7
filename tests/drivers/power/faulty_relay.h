#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <netinet/in.h>

#include "os/fd.h"
#include "tests/drivers/power/conformance.h"

namespace rigbisect {

// The way to a real peer on 127.0.0.1, which can spoil what the peer answers: garbage, half, reset, silent.
// With any other manners it passes everything on.
class FaultyRelay {
 public:
  enum class Kind { tcp, udp };

  FaultyRelay(Kind kind, int target_port);
  ~FaultyRelay();

  int port() const { return port_; }
  void behave(Manners manners) { manners_ = manners; }

 private:
  void serve_tcp(const std::stop_token& stop);
  void serve_udp(const std::stop_token& stop);
  void pass(const Fd& client, const std::stop_token& stop) const;
  // What becomes of an answer; false: no more of this conversation.
  bool spoil(std::vector<char>& answer) const;

  int target_;
  int port_ = 0;
  Fd listener_;
  std::atomic<Manners> manners_{Manners::honest};
  std::vector<std::jthread> conversations_;  // of the serving thread
  std::jthread thread_;
};

}  // namespace rigbisect
