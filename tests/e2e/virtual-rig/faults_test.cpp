#include "faults.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.h"
#include "machine.h"
#include "network.h"
#include "relay_board.h"

using namespace rigbisect;
using namespace rigbisect::rig;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart = TimePoint{} + 1000s;

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> result;
  for (const std::string_view word : split(line, ' ')) result.emplace_back(word);
  return result;
}

FaultBook with(std::string_view line) {
  FaultBook book;
  REQUIRE(book.add(words(line), kStart).ok());
  return book;
}

std::string refusal(std::string_view line) {
  FaultBook book;
  const auto result = book.add(words(line), kStart);
  REQUIRE_FALSE(result.ok());
  return result.error().what;
}

std::string syn_frame() {
  std::string frame(54, '\0');
  const std::string source("\x52\x54\x00\x77\x00\x11", 6);
  frame.replace(6, 6, source);
  frame[12] = 0x08;
  frame[14] = 0x45;
  frame[23] = 6;
  frame[47] = 0x02;
  return frame;
}

}  // namespace

TEST_CASE("a fault without limits is in force at once and until cleared") {
  FaultBook book = with("uart-loss 0.25");
  CHECK(book.argument(FaultKind::uart_loss, kStart) == 0.25);
  book.note(Occasion::power_on, kStart + 5s);
  CHECK(book.active(FaultKind::uart_loss, kStart + 100h));
  book.clear();
  CHECK_FALSE(book.active(FaultKind::uart_loss, kStart));
}

TEST_CASE("count=2 plays at the next two power-ons and no more") {
  FaultBook book = with("uart-silent count=2");
  CHECK_FALSE(book.active(FaultKind::uart_silent, kStart));
  for (const bool expected : {true, true, false}) {
    book.note(Occasion::power_on, kStart);
    CHECK(book.active(FaultKind::uart_silent, kStart) == expected);
  }
  CHECK(book.describe() == "none");
}

TEST_CASE("after=1 lets one occasion pass, and only the fault's own kind of occasion counts") {
  FaultBook book = with("relay-stuck-off after=1 count=1");
  for (const bool expected : {false, true, false}) {
    book.note(Occasion::power_on, kStart);
    book.note(Occasion::relay_on, kStart);
    CHECK(book.active(FaultKind::relay_stuck_off, kStart) == expected);
  }
}

TEST_CASE("after=5s for=2s is a window within each power-on") {
  FaultBook book = with("uart-unplug 7 after=5s for=2s");
  for (const TimePoint on : {kStart, kStart + 60s}) {
    book.note(Occasion::power_on, on);
    CHECK(book.next_change(on) == on + 5s);
    CHECK_FALSE(book.active(FaultKind::uart_unplug, on + 4s));
    CHECK(book.argument(FaultKind::uart_unplug, on + 5s) == 7);
    CHECK(book.next_change(on + 5s) == on + 7s);
    CHECK_FALSE(book.active(FaultKind::uart_unplug, on + 7s));
    CHECK_FALSE(book.next_change(on + 7s).has_value());
  }
}

TEST_CASE("a fault that cannot be played is refused with the word that is wrong") {
  CHECK(refusal("uart-los 0.1").find("did you mean 'uart-loss'") != std::string::npos);
  CHECK(refusal("uart-loss") == "uart-loss needs its PROBABILITY");
  CHECK(refusal("uart-loss 1.5") == "uart-loss PROBABILITY must be from 0 to 1");
  CHECK(refusal("no-pxe 3") == "no-pxe takes no argument");
  CHECK(refusal("no-pxe count=0").find("'count=0' is not understood") == 0);
  CHECK(refusal("no-pxe for=ever").find("ever") != std::string::npos);
  CHECK_FALSE(FaultBook().add({}, kStart).ok());
}

TEST_CASE("every fault is described") {
  for (const FaultInfo& info : fault_table()) CHECK(describe_faults().find(info.name) != std::string::npos);
}

TEST_CASE("LCUS frames are obeyed, also in pieces and among noise, and bad sums are not") {
  LcusParser parser;
  CHECK(parser.feed(std::string("\xa0\x01", 2)).empty());
  auto messages = parser.feed("\x01\xa2");
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].channel == 1);
  CHECK(messages[0].on);
  CHECK(parser.feed("\xa0\x01\x01\xa3").empty());
  CHECK(parser.feed(std::string("\xa0\x01\x03\xa4", 4)).empty());
  messages = parser.feed(std::string("xy\xa0\x02\x00\xa2\xff", 7));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].channel == 2);
  CHECK_FALSE(messages[0].on);
  CHECK(messages[1].query);
}

TEST_CASE("the answer to the query has a line for each channel") {
  CHECK(lcus_status({true, false}) == "CH1: ON \r\nCH2: OFF\r\n");
}

TEST_CASE("only the machine's own first TCP packet counts as its loader's connection") {
  const std::string frame = syn_frame();
  CHECK(opens_tcp_connection(frame, "52:54:00:77:00:11"));
  CHECK_FALSE(opens_tcp_connection(frame, "52:54:00:77:00:12"));
  std::string other = frame;
  other[47] = 0x12;
  CHECK_FALSE(opens_tcp_connection(other, "52:54:00:77:00:11"));
  other = frame;
  other[23] = 17;
  CHECK_FALSE(opens_tcp_connection(other, "52:54:00:77:00:11"));
  other = frame;
  other[14] = 0x4f;  // an IP header longer than the frame
  CHECK_FALSE(opens_tcp_connection(other, "52:54:00:77:00:11"));
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_FALSE(opens_tcp_connection(std::string_view(frame).substr(0, size), "52:54:00:77:00:11"));
}

TEST_CASE("a machine boots from what its kind says") {
  MachineSpec spec{
      .number = 2, .kind = MachineKind::bios, .memory_mb = 256, .directory = "/d/rig2", .uart = "/s/uart2"};
  CHECK(spec.mac() == "52:54:00:77:00:12");
  const auto line = [&](MachineKind kind) {
    spec.kind = kind;
    const auto arguments = qemu_arguments(spec, Fd{});
    CHECK(std::find(arguments.begin(), arguments.end(), "-no-reboot") == arguments.end());
    return join(arguments, " ");
  };
  CHECK(line(MachineKind::bios).find("mac=52:54:00:77:00:12,bootindex=1 ") != std::string::npos);
  CHECK(line(MachineKind::uefi).find("bootindex=1,romfile= ") != std::string::npos);
  CHECK(line(MachineKind::uefi).find("if=pflash,unit=1,format=raw,file=/d/rig2/") != std::string::npos);
  CHECK(line(MachineKind::disk).find("mac=52:54:00:77:00:12,romfile= ") != std::string::npos);
}
