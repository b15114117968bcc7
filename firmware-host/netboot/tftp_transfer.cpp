#include "netboot/tftp_transfer.h"

#include <algorithm>
#include <charconv>

namespace rigbisect::netboot {

namespace {

// Smallest and largest values that the RFCs allow.
constexpr std::uint64_t min_block = 8, max_block = 65464;  // RFC 2348
constexpr std::uint64_t max_timeout = 255;                 // seconds, RFC 2349
constexpr std::uint64_t max_window = 65535;                // RFC 7440

std::optional<std::uint64_t> number_option(const TftpOptions& options, std::string_view name,
                                           std::uint64_t low, std::uint64_t high) {
  const auto found = options.find(name);
  if (found == options.end()) return std::nullopt;
  std::uint64_t value = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // A value outside its bounds is as if the option had not been sent (RFC 2347: it is left out of the OACK).
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

}  // namespace

TftpTransfer::TftpTransfer(const TftpRequest& request, std::span<const std::uint8_t> content,
                           const Limits& limits)
    : content_(content), limits_(limits), wait_(limits.first_wait) {
  negotiate(request.options, limits);
}

void TftpTransfer::negotiate(const TftpOptions& options, const Limits& limits) {
  if (const auto size = number_option(options, "blksize", min_block, max_block)) {
    block_size_ = std::min<std::size_t>(*size, limits.max_block);
    accepted_["blksize"] = std::to_string(block_size_);
  }
  if (const auto window = number_option(options, "windowsize", 1, max_window)) {
    window_ = std::min<std::size_t>(*window, limits.max_window);
    accepted_["windowsize"] = std::to_string(window_);
  }
  if (const auto seconds = number_option(options, "timeout", 1, max_timeout)) {
    wait_ = std::chrono::seconds(*seconds);
    fixed_wait_ = true;
    accepted_["timeout"] = std::to_string(*seconds);
  }
  if (options.contains("tsize")) accepted_["tsize"] = std::to_string(content_.size());
}

TftpTransfer::Packets TftpTransfer::start(TimePoint now) {
  if (accepted_.empty()) return send_window(now);
  awaiting_option_ack_ = true;
  deadline_ = now + wait_;
  return {encode_tftp(TftpOptionAck{accepted_})};
}

std::vector<std::uint8_t> TftpTransfer::data_packet(std::uint64_t block) const {
  const std::size_t from = (block - 1) * block_size_;
  const auto data = content_.subspan(from, std::min(block_size_, content_.size() - from));
  return encode_tftp(TftpData{static_cast<std::uint16_t>(block), {data.begin(), data.end()}});
}

// Everything of the window that follows what is acknowledged.
TftpTransfer::Packets TftpTransfer::send_window(TimePoint now) {
  Packets packets;
  sent_ = std::min(acknowledged_ + window_, blocks());
  for (std::uint64_t block = acknowledged_ + 1; block <= sent_; ++block)
    packets.push_back(data_packet(block));
  deadline_ = now + wait_;
  return packets;
}

TftpTransfer::Packets TftpTransfer::on_packet(std::span<const std::uint8_t> bytes, TimePoint now) {
  if (state_ != State::running) return {};
  const auto packet = parse_tftp(bytes);
  if (!packet) return {};
  if (const auto* ack = std::get_if<TftpAck>(&*packet)) return on_ack(ack->block, now);
  if (const auto* error = std::get_if<TftpError>(&*packet)) {
    state_ = State::failed;
    failure_ =
        "the client gave up: " + (error->message.empty() ? std::to_string(error->code) : error->message);
  }
  return {};
}

TftpTransfer::Packets TftpTransfer::on_ack(std::uint16_t block, TimePoint now) {
  if (awaiting_option_ack_) {
    if (block != 0) return {};
    awaiting_option_ack_ = false;
    retries_ = 0;
    return send_window(now);
  }
  // How far this is ahead of what was acknowledged, modulo the roll-over; far ahead is an old duplicate.
  const std::uint16_t ahead = static_cast<std::uint16_t>(block - static_cast<std::uint16_t>(acknowledged_));
  if (ahead == 0) {
    // With a window this says that the first block after `block` is missing (RFC 7440 section 4); once is
    // enough.
    if (window_ == 1 || resent_on_duplicate_) return {};
    resent_on_duplicate_ = true;
    return send_window(now);
  }
  if (ahead > sent_ - acknowledged_) return {};
  acknowledged_ += ahead;
  retries_ = 0;
  resent_on_duplicate_ = false;
  if (!fixed_wait_) wait_ = limits_.first_wait;
  if (acknowledged_ == blocks()) {
    state_ = State::done;
    return {};
  }
  return send_window(now);
}

TftpTransfer::Packets TftpTransfer::on_timer(TimePoint now) {
  if (state_ != State::running || now < deadline_) return {};
  if (++retries_ > limits_.max_retries) return fail("no answer from the client");
  if (!fixed_wait_) wait_ = std::min(wait_ * 2, limits_.longest_wait);
  if (!awaiting_option_ack_) return send_window(now);
  deadline_ = now + wait_;
  return {encode_tftp(TftpOptionAck{accepted_})};
}

TftpTransfer::Packets TftpTransfer::fail(std::string why) {
  state_ = State::failed;
  failure_ = std::move(why);
  return {encode_tftp(TftpError{static_cast<std::uint16_t>(TftpErrorCode::undefined), "timed out"})};
}

}  // namespace rigbisect::netboot
