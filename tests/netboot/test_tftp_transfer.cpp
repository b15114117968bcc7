#include <deque>
#include <functional>
#include <random>

#include <doctest/doctest.h>

#include "netboot/tftp_transfer.h"

using namespace rigbisect;
using namespace rigbisect::netboot;
using namespace std::chrono_literals;

namespace {

using Content = std::vector<std::uint8_t>;

Content content_of(std::size_t size) {
  Content content(size);
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return content;
}

TftpRequest read_request(TftpOptions options) {
  return {false, "f", "octet", std::move(options)};
}

// A client as RFC 7440 describes it, in fake time, behind a line that may lose packets.
class Client {
 public:
  Client(const Content& content, TftpOptions options, const TftpTransfer::Limits& limits = {})
      : options_(std::move(options)), transfer_(read_request(options_), content, limits) {}

  std::function<bool(int)> lose = [](int) { return false; };  // by number of the packet, both directions

  // Runs to the end of the transfer or `patience` of fake time.
  void run(Duration patience = 600s) {
    deliver(transfer_.start(now_));
    const TimePoint end = now_ + patience;
    while (transfer_.state() == TftpTransfer::State::running && now_ < end) {
      if (to_client_.empty()) {
        now_ = transfer_.deadline();
        deliver(transfer_.on_timer(now_));
        continue;
      }
      receive(to_client_.front());
      to_client_.pop_front();
    }
  }

  Content received;
  int data_packets = 0;
  std::map<std::string, std::string, std::less<>> granted;
  const TftpTransfer& transfer() const { return transfer_; }
  TftpTransfer& transfer() { return transfer_; }
  TimePoint now() const { return now_; }

 private:
  void deliver(const TftpTransfer::Packets& packets) {
    for (const auto& packet : packets)
      if (!lose(count_++)) to_client_.push_back(packet);
  }

  void acknowledge(std::uint64_t block) {
    in_window_ = 0;
    if (lose(count_++)) return;
    deliver(transfer_.on_packet(encode_tftp(TftpAck{static_cast<std::uint16_t>(block)}), now_));
  }

  void receive(const std::vector<std::uint8_t>& bytes) {
    const auto packet = parse_tftp(bytes);
    REQUIRE(packet);
    if (const auto* ack = std::get_if<TftpOptionAck>(&*packet)) {
      granted.insert(ack->options.begin(), ack->options.end());
      if (granted.contains("blksize")) block_size_ = std::stoul(granted["blksize"]);
      if (granted.contains("windowsize")) window_ = std::stoul(granted["windowsize"]);
      if (blocks_ == 0) acknowledge(0);
      return;
    }
    const auto* data = std::get_if<TftpData>(&*packet);
    if (data == nullptr) return;
    ++data_packets;
    if (data->block != static_cast<std::uint16_t>(blocks_ + 1)) {
      acknowledge(blocks_);  // a gap or a repetition: say where we are
      return;
    }
    ++blocks_;
    received.insert(received.end(), data->data.begin(), data->data.end());
    if (++in_window_ == window_ || data->data.size() < block_size_) acknowledge(blocks_);
  }

  TftpOptions options_;
  TftpTransfer transfer_;
  std::deque<std::vector<std::uint8_t>> to_client_;
  std::uint64_t blocks_ = 0;
  std::size_t block_size_ = 512, window_ = 1, in_window_ = 0;
  int count_ = 0;
  TimePoint now_{1h};
};

}  // namespace

TEST_CASE("a file arrives whole, whatever its size") {
  for (const std::size_t size : {0u, 1u, 511u, 512u, 513u, 1024u, 74213u}) {
    for (const TftpOptions& options : {TftpOptions{}, TftpOptions{{"blksize", "1432"}, {"tsize", "0"}},
                                       TftpOptions{{"blksize", "1468"}, {"windowsize", "4"}}}) {
      const Content content = content_of(size);
      Client client(content, options);
      client.run();
      CHECK(client.transfer().state() == TftpTransfer::State::done);
      CHECK(client.received == content);
    }
  }
}

TEST_CASE("a file of more than 65535 blocks arrives whole, with and without a window") {
  const Content content = content_of(70000 * 8 + 3);
  for (const char* window : {"1", "16"}) {
    Client client(content, {{"blksize", "8"}, {"windowsize", window}});
    client.run();
    CHECK(client.transfer().state() == TftpTransfer::State::done);
    CHECK(client.received == content);
  }
}

TEST_CASE("lost packets are sent again") {
  const Content content = content_of(60000);
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Client client(content, {{"blksize", "1468"}, {"windowsize", seed % 2 == 0 ? "1" : "8"}});
    std::mt19937 random(seed);
    client.lose = [&](int) { return random() % 5 == 0; };
    client.run();
    // The last ACK may be lost, and the client, which is done, does not send it again.
    CHECK(client.received == content);
  }
}

TEST_CASE("each single lost packet of a transfer is made up for") {
  const Content content = content_of(20 * 512 + 7);
  for (int lost = 0; lost < 40; ++lost) {
    CAPTURE(lost);
    Client client(content, {{"tsize", "0"}, {"windowsize", "3"}});
    client.lose = [&](int number) { return number == lost; };
    client.run();
    CHECK(client.received == content);
  }
}

TEST_CASE("options are granted within our limits, and unknown or absurd ones are not mentioned") {
  struct Row {
    TftpOptions asked, granted;
  };
  TftpTransfer::Limits limits;
  limits.max_block = 1468;
  limits.max_window = 16;
  const Row rows[] = {
      {{{"blksize", "1432"}, {"tsize", "0"}}, {{"blksize", "1432"}, {"tsize", "1000"}}},
      {{{"blksize", "65464"}}, {{"blksize", "1468"}}},
      {{{"blksize", "7"}}, {}},
      {{{"blksize", "99999999999999999999"}}, {}},
      {{{"blksize", "512 "}}, {}},
      {{{"windowsize", "64"}}, {{"windowsize", "16"}}},
      {{{"windowsize", "0"}}, {}},
      {{{"timeout", "3"}}, {{"timeout", "3"}}},
      {{{"timeout", "256"}}, {}},
      {{{"multicast", ""}, {"blksize", "1024"}}, {{"blksize", "1024"}}},
  };
  const Content content = content_of(1000);
  for (const Row& row : rows) {
    TftpTransfer transfer(read_request(row.asked), content, limits);
    const auto first = transfer.start(TimePoint(1h));
    REQUIRE(first.size() == 1);
    const auto packet = parse_tftp(first.front());
    REQUIRE(packet);
    const auto* ack = std::get_if<TftpOptionAck>(&*packet);
    CHECK((ack != nullptr) == !row.granted.empty());
    if (ack != nullptr) CHECK(ack->options == row.granted);
  }
}

TEST_CASE("a duplicate ACK does not send the block twice (RFC 1123 4.2.3.1)") {
  const Content content = content_of(2000);
  TftpTransfer transfer(read_request({}), content, {});
  const TimePoint now(1h);
  CHECK(transfer.start(now).size() == 1);
  CHECK(transfer.on_packet(encode_tftp(TftpAck{1}), now).size() == 1);
  CHECK(transfer.on_packet(encode_tftp(TftpAck{1}), now).empty());
  CHECK(transfer.on_packet(encode_tftp(TftpAck{0}), now).empty());
  CHECK(transfer.on_packet(encode_tftp(TftpAck{9}), now).empty());  // never sent
}

TEST_CASE("within a window a duplicate ACK brings the lost block at once, and only once") {
  const Content content = content_of(20000);
  TftpTransfer transfer(read_request({{"windowsize", "4"}}), content, {});
  const TimePoint now(1h);
  (void)transfer.start(now);
  CHECK(transfer.on_packet(encode_tftp(TftpAck{0}), now).size() == 4);
  CHECK(transfer.on_packet(encode_tftp(TftpAck{0}), now).size() == 4);  // block 1 was lost
  CHECK(transfer.on_packet(encode_tftp(TftpAck{0}), now).empty());
  const auto rest = transfer.on_packet(encode_tftp(TftpAck{2}), now);  // block 3 was lost
  REQUIRE(rest.size() == 4);
  CHECK(std::get<TftpData>(*parse_tftp(rest.front())).block == 3);
}

TEST_CASE("a silent client is asked with growing patience and then given up") {
  const Content content = content_of(2000);
  TftpTransfer transfer(read_request({}), content, {});
  TimePoint now(1h);
  (void)transfer.start(now);
  std::vector<Duration> waits;
  while (transfer.state() == TftpTransfer::State::running) {
    waits.push_back(transfer.deadline() - now);
    CHECK(transfer.on_timer(transfer.deadline() - 1ns).empty());
    now = transfer.deadline();
    const auto packets = transfer.on_timer(now);
    CHECK(packets.size() == 1);
  }
  CHECK(waits == std::vector<Duration>{500ms, 1s, 2s, 4s, 4s, 4s, 4s});
  CHECK(transfer.failure() == "no answer from the client");
}

TEST_CASE("the client's own interval is used if it asks for one") {
  const Content content = content_of(2000);
  TftpTransfer transfer(read_request({{"timeout", "3"}}), content, {});
  TimePoint now(1h);
  (void)transfer.start(now);
  for (int i = 0; i < 3; ++i) {
    CHECK(transfer.deadline() - now == 3s);
    now = transfer.deadline();
    CHECK(transfer.on_timer(now).size() == 1);
  }
}

TEST_CASE("an ERROR ends the transfer: EDK2 only wanted to know the size") {
  const Content content = content_of(2000);
  TftpTransfer transfer(read_request({{"tsize", "0"}}), content, {});
  (void)transfer.start(TimePoint(1h));
  CHECK(transfer.on_packet(encode_tftp(TftpError{8, "User aborted the transfer"}), TimePoint(1h)).empty());
  CHECK(transfer.state() == TftpTransfer::State::failed);
  CHECK(transfer.failure() == "the client gave up: User aborted the transfer");
  CHECK(transfer.on_timer(TimePoint(2h)).empty());
}
