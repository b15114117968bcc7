#include "drivers/console/telnet_line.h"

#include <algorithm>
#include <array>

namespace rigbisect {

Result<void> TelnetLine::greet(Deadline deadline, std::stop_token stop) {
  return send(codec_.greeting(), deadline, stop);
}

Result<std::size_t> TelnetLine::read(std::span<char> into, Deadline deadline, std::stop_token stop) {
  while (received_.empty()) {
    if (auto came = receive(deadline, stop); !came) return came.error();
  }
  const std::size_t count = std::min(into.size(), received_.size());
  std::copy_n(received_.begin(), count, into.begin());
  received_.erase(0, count);
  return count;
}

Result<void> TelnetLine::write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) {
  std::string encoded;
  {
    const std::lock_guard lock(codec_mutex_);
    encoded = codec_.encode({bytes.data(), bytes.size()});
  }
  return send(encoded, deadline, stop);
}

Result<void> TelnetLine::send_break(Deadline deadline, std::stop_token stop) {
  return send(telnet_break(), deadline, stop);
}

Result<void> TelnetLine::receive(Deadline deadline, std::stop_token stop) {
  std::array<char, 4096> buffer{};
  const auto count = stream_.read(buffer, deadline, stop);
  if (!count) return count.error();
  TelnetCodec::Decoded decoded;
  {
    const std::lock_guard lock(codec_mutex_);
    decoded = codec_.feed({buffer.data(), *count});
  }
  received_ += decoded.data;
  for (const std::string& message : decoded.messages) take_message(message);
  return decoded.reply.empty() ? Result<void>() : send(decoded.reply, deadline, stop);
}

Result<void> TelnetLine::send(std::string_view bytes, Deadline deadline, std::stop_token stop) {
  const std::lock_guard one_at_a_time(sending_);
  auto sent = stream_.write(bytes, deadline, stop);
  // Half a message on the wire cannot be taken back: only a new connection is clean again.
  if (!sent && sent.error().code == Errc::timeout) return Error{Errc::disconnected, sent.error().what};
  return sent;
}

bool TelnetLine::agreed(TelnetOption option) const {
  const std::lock_guard lock(codec_mutex_);
  return codec_.agreed(option);
}

bool TelnetLine::refused(TelnetOption option) const {
  const std::lock_guard lock(codec_mutex_);
  return codec_.refused(option);
}

}  // namespace rigbisect
