#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

// TFTP packets as values: RFC 1350, options RFC 2347. Pure functions of bytes; any bytes are fine as input.
namespace rigbisect::netboot {

using TftpOptions = std::map<std::string, std::string, std::less<>>;  // names in lower case

struct TftpRequest {
  bool write = false;  // WRQ
  std::string file;
  std::string mode;  // lower case
  TftpOptions options;
  bool operator==(const TftpRequest&) const = default;
};

struct TftpData {
  std::uint16_t block = 0;
  std::vector<std::uint8_t> data;
  bool operator==(const TftpData&) const = default;
};

struct TftpAck {
  std::uint16_t block = 0;
  bool operator==(const TftpAck&) const = default;
};

// RFC 1350 appendix; 8 is RFC 2347's.
enum class TftpErrorCode : std::uint16_t {
  undefined = 0,
  not_found = 1,
  denied = 2,
  illegal = 4,
  bad_options = 8
};

struct TftpError {
  std::uint16_t code = 0;
  std::string message;
  bool operator==(const TftpError&) const = default;
};

struct TftpOptionAck {
  TftpOptions options;
  bool operator==(const TftpOptionAck&) const = default;
};

using TftpPacket = std::variant<TftpRequest, TftpData, TftpAck, TftpError, TftpOptionAck>;

// Errc::protocol for what is no TFTP packet.
Result<TftpPacket> parse_tftp(std::span<const std::uint8_t> bytes);

// REQUIRES: no NUL within the strings.
std::vector<std::uint8_t> encode_tftp(const TftpPacket& packet);

}  // namespace rigbisect::netboot
