#include "netboot/tftp.h"

#include <algorithm>
#include <string_view>

#include "netboot/wire.h"

namespace rigbisect::netboot {

namespace {

using ByteView = std::span<const std::uint8_t>;
enum class Opcode : std::uint16_t { read = 1, write, data, ack, error, option_ack };
constexpr std::size_t max_options = 16;

Error malformed_tftp(const char* what) {
  return {Errc::protocol, std::string("TFTP packet: ") + what};
}

// The next NUL-terminated string, which is taken off `bytes`.
std::optional<std::string> take_text(ByteView& bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  if (end == bytes.end()) return std::nullopt;
  std::string text(bytes.begin(), end);
  bytes = bytes.subspan(text.size() + 1);
  return text;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

Result<TftpOptions> take_options(ByteView bytes) {
  TftpOptions options;
  while (!bytes.empty()) {
    auto name = take_text(bytes);
    auto value = name ? take_text(bytes) : std::nullopt;
    if (!value) {
      // Some ROMs pad the packet; a tail without a terminator is nothing we were asked for.
      break;
    }
    if (name->empty()) continue;
    if (options.size() == max_options) return malformed_tftp("too many options");
    options.emplace(lower(std::move(*name)), std::move(*value));
  }
  return options;
}

Result<TftpPacket> parse_request(ByteView bytes, bool write) {
  TftpRequest request;
  request.write = write;
  auto file = take_text(bytes);
  auto mode = file ? take_text(bytes) : std::nullopt;
  if (!mode) return malformed_tftp("request without file name or mode");
  auto options = take_options(bytes);
  if (!options) return options.error();
  request.file = std::move(*file);
  request.mode = lower(std::move(*mode));
  request.options = std::move(*options);
  return TftpPacket(std::move(request));
}

void put_text(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
  out.push_back(0);
}

void put_options(std::vector<std::uint8_t>& out, const TftpOptions& options) {
  for (const auto& [name, value] : options) {
    put_text(out, name);
    put_text(out, value);
  }
}

struct Encoder {
  std::vector<std::uint8_t> out;

  void opcode(Opcode code) { put16(out, static_cast<unsigned>(code)); }

  void operator()(const TftpRequest& request) {
    opcode(request.write ? Opcode::write : Opcode::read);
    put_text(out, request.file);
    put_text(out, request.mode);
    put_options(out, request.options);
  }
  void operator()(const TftpData& data) {
    opcode(Opcode::data);
    put16(out, data.block);
    out.insert(out.end(), data.data.begin(), data.data.end());
  }
  void operator()(const TftpAck& ack) {
    opcode(Opcode::ack);
    put16(out, ack.block);
  }
  void operator()(const TftpError& error) {
    opcode(Opcode::error);
    put16(out, error.code);
    put_text(out, error.message);
  }
  void operator()(const TftpOptionAck& ack) {
    opcode(Opcode::option_ack);
    put_options(out, ack.options);
  }
};

}  // namespace

Result<TftpPacket> parse_tftp(ByteView bytes) {
  if (bytes.size() < 4) return malformed_tftp("shorter than 4 bytes");
  const ByteView rest = bytes.subspan(2);
  switch (static_cast<Opcode>(get16(bytes, 0))) {
    case Opcode::read:
      return parse_request(rest, false);
    case Opcode::write:
      return parse_request(rest, true);
    case Opcode::data:
      return TftpPacket(TftpData{get16(rest, 0), {rest.begin() + 2, rest.end()}});
    case Opcode::ack:
      return TftpPacket(TftpAck{get16(rest, 0)});
    case Opcode::error: {
      ByteView message = rest.subspan(2);
      return TftpPacket(TftpError{get16(rest, 0), take_text(message).value_or("")});
    }
    case Opcode::option_ack: {
      auto options = take_options(rest);
      if (!options) return options.error();
      if (options->empty()) return malformed_tftp("an option acknowledgement without options");
      return TftpPacket(TftpOptionAck{std::move(*options)});
    }
  }
  return malformed_tftp("unknown opcode");
}

std::vector<std::uint8_t> encode_tftp(const TftpPacket& packet) {
  Encoder encoder;
  std::visit(encoder, packet);
  return std::move(encoder.out);
}

}  // namespace rigbisect::netboot
