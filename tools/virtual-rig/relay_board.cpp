#include "relay_board.h"

#include <array>
#include <bit>

#include <fmt/format.h>
#include <unistd.h>

namespace rigbisect::rig {
namespace {

// The vendors' texts for LCUS-1/-2/-4/-8: "A0 01 01 A2" closes relay 1, "A0 01 00 A1" opens it, "FF" asks.
constexpr unsigned char kStart = 0xa0;
constexpr unsigned char kQuery = 0xff;
constexpr std::size_t kFrame = 4;
constexpr Duration kClick = std::chrono::milliseconds(10);

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

}  // namespace

std::vector<LcusParser::Message> LcusParser::feed(std::string_view bytes) {
  pending_ += bytes;
  std::vector<Message> messages;
  std::size_t at = 0;
  while (at < pending_.size()) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    const unsigned first = byte_at(rest, 0);
    if (first == kStart && rest.size() < kFrame) break;
    const bool frame = first == kStart && byte_at(rest, 2) <= 1 &&
                       ((first + byte_at(rest, 1) + byte_at(rest, 2)) & 0xff) == byte_at(rest, 3);
    if (first == kQuery) messages.push_back({.query = true});
    if (frame) messages.push_back({.query = false, .channel = byte_at(rest, 1), .on = byte_at(rest, 2) == 1});
    at += frame ? kFrame : 1;
  }
  pending_.erase(0, at);
  return messages;
}

std::string lcus_status(const std::vector<bool>& channels) {
  std::string text;
  for (std::size_t i = 0; i < channels.size(); ++i)
    text += fmt::format("CH{}: {}\r\n", i + 1, channels[i] ? "ON " : "OFF");
  return text;
}

Result<std::unique_ptr<RelayBoard>> RelayBoard::create(Loop& loop, LineEnd line, unsigned channels,
                                                       Wiring wiring) {
  std::unique_ptr<RelayBoard> board(new RelayBoard(loop, std::move(line), channels, std::move(wiring)));
  RelayBoard* self = board.get();
  if (auto ok = loop.watch(self->line_.in.get(), [self] { self->readable(); }); !ok) return ok.error();
  return board;
}

RelayBoard::RelayBoard(Loop& loop, LineEnd line, unsigned channels, Wiring wiring)
    : loop_(loop), line_(std::move(line)), coils_(std::bit_ceil(channels)), wiring_(std::move(wiring)) {}

RelayBoard::~RelayBoard() {
  loop_.unwatch(line_.in.get());
}

void RelayBoard::readable() {
  std::array<char, 64> bytes;
  for (;;) {
    const auto got = ::read(line_.in.get(), bytes.data(), bytes.size());
    if (got <= 0) return;
    for (const LcusParser::Message& message : parser_.feed({bytes.data(), static_cast<std::size_t>(got)}))
      obey(message);
  }
}

void RelayBoard::obey(const LcusParser::Message& message) {
  if (message.query) {
    for (unsigned channel = 1; channel <= coils_.size(); ++channel) {
      if (wiring_.mute(channel)) return;
    }
    const std::string status = lcus_status(coils_);
    [[maybe_unused]] const auto written = ::write(line_.out.get(), status.data(), status.size());
    return;
  }
  if (message.channel < 1 || message.channel > coils_.size() || wiring_.mute(message.channel)) return;
  coils_[message.channel - 1] = message.on;
  loop_.at(loop_.now() + kClick, [this, message] { wiring_.click(message.channel, message.on); });
}

}  // namespace rigbisect::rig
