#include <doctest/doctest.h>

#include "netboot/tftp.h"
#include "tests/netboot/packet_files.h"

using namespace rigbisect;
using namespace rigbisect::netboot;

TEST_CASE("the requests of real firmware are read") {
  struct Row {
    const char* file;
    const char* name;
    TftpOptions options;
  };
  const Row rows[] = {
      {"edk2-size-probe.tftp", "snponly.efi", {{"tsize", "0"}, {"blksize", "1468"}, {"windowsize", "4"}}},
      {"edk2-read.tftp", "snponly.efi", {{"blksize", "1468"}, {"windowsize", "4"}}},
      {"ipxe-read.tftp", "undionly.kpxe", {{"blksize", "1432"}, {"tsize", "0"}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.file);
    const auto packet = parse_tftp(captured(row.file));
    REQUIRE(packet);
    const auto* request = std::get_if<TftpRequest>(&*packet);
    REQUIRE(request != nullptr);
    CHECK_FALSE(request->write);
    CHECK(request->mode == "octet");
    CHECK(request->file.substr(33) == row.name);
    CHECK(request->options == row.options);
  }
}

TEST_CASE("every kind of TFTP packet survives writing and reading") {
  const TftpPacket packets[] = {TftpRequest{false, "t/f", "octet", {{"blksize", "1468"}}},
                                TftpRequest{true, "f", "netascii", {}},
                                TftpData{65535, {1, 2, 3}},
                                TftpData{0, {}},
                                TftpAck{7},
                                TftpError{8, "no"},
                                TftpOptionAck{{{"tsize", "5"}, {"windowsize", "4"}}}};
  for (const TftpPacket& packet : packets) {
    const auto again = parse_tftp(encode_tftp(packet));
    REQUIRE(again);
    CHECK(*again == packet);
  }
}

TEST_CASE("names of options and the mode are read in any case") {
  const auto packet = parse_tftp(encode_tftp(TftpRequest{false, "File", "OCTET", {{"BlkSize", "512"}}}));
  REQUIRE(packet);
  const auto& request = std::get<TftpRequest>(*packet);
  CHECK(request.file == "File");
  CHECK(request.mode == "octet");
  CHECK(request.options.contains("blksize"));
}

TEST_CASE("an option acknowledgement has options") {
  const std::uint8_t torn[] = {0, 6, 'z', 0, '@', '\n'};  // found by fuzzing: the only option has no end
  CHECK_FALSE(parse_tftp(torn).ok());
}

TEST_CASE("what is no TFTP is refused, and padding after a request is not") {
  for (const char* bad : {"", "0", "01f", "09abcd", "01name"}) {
    std::vector<std::uint8_t> bytes = bytes_of(bad);
    for (std::size_t i = 0; i < bytes.size() && i < 2; ++i)
      bytes[i] = static_cast<std::uint8_t>(bytes[i] - '0');
    CHECK_MESSAGE(!parse_tftp(bytes).ok(), bad);
  }
  auto padded = encode_tftp(TftpRequest{false, "f", "octet", {}});
  padded.insert(padded.end(), {0, 0, 0, 'x'});
  const auto packet = parse_tftp(padded);
  REQUIRE(packet);
  CHECK(std::get<TftpRequest>(*packet).options.empty());
  TftpRequest greedy{false, "f", "octet", {}};
  for (int i = 0; i < 100; ++i) greedy.options["o" + std::to_string(i)] = "1";
  CHECK_FALSE(parse_tftp(encode_tftp(greedy)).ok());
}
