#include "run/probe_listener.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/marker.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kMostText = 256 << 10;
constexpr std::size_t kMoreThanNoise = 32;  // bytes; a switched line may click
constexpr std::uint32_t kMostMarkers = 10000;

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x07 && byte <= 0x0d) || byte == 0x1b;
}

// Firmware paints its screen: what a person would read, without "ESC [ 2 J" and its like.
std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      plain += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '[') {
      i = std::min(text.find_first_not_of("[0123456789;?", i + 1), text.size());
    } else {
      ++i;
    }
  }
  return plain;
}

}  // namespace

ProbeListener::ProbeListener(ConsoleFeed& own, const std::vector<Neighbour>& neighbours, std::string nonce,
                             Clock& clock)
    : own_(own), nonce_(std::move(nonce)), clock_(clock) {
  for (const Neighbour& neighbour : neighbours) ears_.push_back({neighbour, ""});
}

Result<ConsoleChunk> ProbeListener::next(Deadline deadline, std::stop_token stop) {
  for (Ear& ear : ears_) hear(ear);
  auto chunk = own_.next(deadline, stop);
  if (chunk && said_.size() < kMostText) said_ += chunk->bytes;
  return chunk;
}

void ProbeListener::discard() {
  own_.discard();
  said_.clear();
  for (Ear& ear : ears_) {
    ear.neighbour.console.discard();
    ear.text.clear();
  }
}

bool ProbeListener::is_garbage() const {
  const auto strange = std::count_if(said_.begin(), said_.end(), [](char c) { return !is_text(c); });
  return said_.size() > kMoreThanNoise && static_cast<std::size_t>(strange) * 4 > said_.size();
}

std::string ProbeListener::first_words() const {
  const std::string text = without_escapes(said_);
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view words = trim(line).substr(0, 80);
    if (words.size() > 3) return "\"" + printable(words) + "\"";
  }
  return "nothing that can be read";
}

ProbeListener::Markers ProbeListener::markers() const {
  Markers count;
  for (const std::string_view line : split(said_, '\n')) {
    const auto marker = parse_marker(trim(line));
    const bool ours = marker && marker->nonce == nonce_ && marker->seq <= kMostMarkers;
    if (!ours || marker->seq <= count.sent) continue;  // hello and done are said again
    ++count.whole;
    count.sent = marker->seq;
  }
  return count;
}

std::optional<ProbeListener::Stray> ProbeListener::stray() const {
  for (const Ear& ear : ears_) {
    const bool certain = has_nonce(ear.text);
    if (certain || ear.text.size() > kMoreThanNoise) return Stray{ear.neighbour.board, certain};
  }
  return std::nullopt;
}

void ProbeListener::hear(Ear& ear) {
  while (ear.text.size() < kMostText) {
    const auto chunk = ear.neighbour.console.next(clock_.now(), {});
    if (!chunk) return;
    ear.text += chunk->bytes;
    if (has_nonce(ear.text)) elsewhere_.request_stop();
  }
}

bool ProbeListener::has_nonce(const std::string& text) const {
  return !nonce_.empty() && text.find(nonce_) != std::string::npos;
}

}  // namespace rigbisect
