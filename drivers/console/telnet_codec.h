#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The telnet protocol (RFC 854, 855, 1143) over bytes, without a socket: takes what came and says what is
// data and what is to be answered. Any bytes may be fed; memory is bounded.
namespace rigbisect {

enum class TelnetOption : std::uint8_t { binary = 0, echo = 1, suppress_go_ahead = 3, com_port = 44 };

class TelnetCodec {
 public:
  struct Decoded {
    std::string data;
    std::string reply;                  // to be sent as it is
    std::vector<std::string> messages;  // subnegotiations: the option's byte, then its content
  };

  // Besides binary and suppress-go-ahead, which both sides shall have, and echo, which the other side may:
  // `ours`, which only we offer.
  explicit TelnetCodec(const std::vector<TelnetOption>& ours);

  // What is sent first: all wishes.
  std::string greeting() const;

  Decoded feed(std::string_view bytes);

  // Data as it has to be sent.
  std::string encode(std::string_view data) const;

  // Whether we may use an option of ours; `refused` once the other side said no.
  bool agreed(TelnetOption option) const { return state(ours_, option) == State::yes; }
  bool refused(TelnetOption option) const { return state(ours_, option) == State::no; }

 private:
  enum class State { no, wanted, yes };
  enum class Mode { data, carriage_return, command, option, content, content_command };
  using Sides = std::map<TelnetOption, State>;  // options that are not in it are not supported

  static State state(const Sides& side, TelnetOption option);
  void take(std::uint8_t byte, Decoded& out);
  void take_data(std::uint8_t byte, Decoded& out);
  void take_command(std::uint8_t byte, Decoded& out);
  void take_content(std::uint8_t byte, Decoded& out);
  void negotiate(std::uint8_t verb, std::uint8_t option, std::string& reply);

  Sides ours_;
  Sides theirs_;
  Mode mode_ = Mode::data;
  std::uint8_t verb_ = 0;
  std::string content_;
};

// A break as telnet has it: IAC BRK.
std::string telnet_break();

// A subnegotiation with this content.
std::string telnet_message(TelnetOption option, std::string_view content);

}  // namespace rigbisect
