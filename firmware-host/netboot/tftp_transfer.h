#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "netboot/tftp.h"

namespace rigbisect::netboot {

// Sending one file to one client, as a state machine: packets and the passing of time go in, packets to send
// come out. RFC 1350, 2347 (options), 2348 (blksize), 2349 (timeout, tsize), 7440 (windowsize). Block numbers
// roll over from 65535 to 0. What is not acknowledged in time is sent again, waiting twice as long each time;
// a duplicate ACK by itself sends nothing twice (RFC 1123 4.2.3.1, "sorcerer's apprentice"). No thread, no
// socket, no clock.
class TftpTransfer {
 public:
  struct Limits {
    std::size_t max_block = 1468;  // what fits an unfragmented packet: MTU - 32
    std::size_t max_window = 64;   // blocks in flight
    Duration first_wait = std::chrono::milliseconds(500);
    Duration longest_wait = std::chrono::seconds(4);
    unsigned max_retries = 6;  // of the same packets, then the client is given up
  };
  enum class State { running, done, failed };
  using Packets = std::vector<std::vector<std::uint8_t>>;

  // `content` must outlive the transfer.
  TftpTransfer(const TftpRequest& request, std::span<const std::uint8_t> content, const Limits& limits);

  // The first packets. Call once.
  Packets start(TimePoint now);

  // A packet came from the client. Anything that is no TFTP is ignored.
  Packets on_packet(std::span<const std::uint8_t> bytes, TimePoint now);

  // Call when deadline() has passed.
  Packets on_timer(TimePoint now);

  TimePoint deadline() const { return deadline_; }
  State state() const { return state_; }
  // Why it failed: "the client gave up: ...", "no answer from the client".
  const std::string& failure() const { return failure_; }

 private:
  void negotiate(const TftpOptions& options, const Limits& limits);
  Packets on_ack(std::uint16_t block, TimePoint now);
  Packets send_window(TimePoint now);
  Packets fail(std::string why);
  std::uint64_t blocks() const {
    return content_.size() / block_size_ + 1;
  }  // the last one is short, maybe empty
  std::vector<std::uint8_t> data_packet(std::uint64_t block) const;

  std::span<const std::uint8_t> content_;
  Limits limits_;
  std::size_t block_size_ = 512;
  std::size_t window_ = 1;
  bool fixed_wait_ = false;  // the client asked for an interval of its own
  TftpOptions accepted_;     // empty: the client sent no option that we know

  State state_ = State::running;
  std::string failure_;
  bool awaiting_option_ack_ = false;
  std::uint64_t acknowledged_ = 0;  // blocks, the first is number 1
  std::uint64_t sent_ = 0;
  bool resent_on_duplicate_ = false;
  unsigned retries_ = 0;
  Duration wait_;
  TimePoint deadline_{};
};

}  // namespace rigbisect::netboot
