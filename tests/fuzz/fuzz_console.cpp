#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drivers/boot/prompt_dialogue.h"
#include "drivers/console/com_port.h"
#include "drivers/console/sol_session.h"
#include "drivers/console/telnet_codec.h"

// Any bytes as what a terminal server sends: decoding is the same however they are cut, answers and messages
// are bounded, and what is encoded comes back as it was. And as what ipmitool and boot loaders print.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rigbisect;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t cut = data[0] % (text.size() + 1);

  TelnetCodec whole({TelnetOption::com_port}), pieces({TelnetOption::com_port});
  const auto all = whole.feed(text);
  auto first = pieces.feed(text.substr(0, cut));
  const auto rest = pieces.feed(text.substr(cut));
  first.messages.insert(first.messages.end(), rest.messages.begin(), rest.messages.end());
  if (first.data + rest.data != all.data || first.reply + rest.reply != all.reply) std::abort();
  if (first.messages != all.messages) std::abort();
  if (all.data.size() > text.size() || all.reply.size() > text.size()) std::abort();

  ComPort port({});
  for (const std::string& message : all.messages) {
    if (message.empty() || message.size() > 512) std::abort();
    port.take(std::string_view(message).substr(1));
  }
  const auto confirmed = port.confirmed();
  if (!confirmed && confirmed.error().what.size() > 500) std::abort();
  if (const auto errors = port.line_errors()) (void)describe(*errors);

  // two peers of ours in text mode
  TelnetCodec sender({}), receiver({});
  if (receiver.feed(sender.encode(text)).data != text) std::abort();

  if (const auto begin = sol_data_begin(text); begin && *begin > text.size()) std::abort();
  const Error why = explain_sol_failure(text);
  if (why.what.empty() || why.what.size() > 2000) std::abort();

  PlainText plain, plain_in_pieces;
  plain.feed(text);
  plain_in_pieces.feed(text.substr(0, cut));
  plain_in_pieces.feed(text.substr(cut));
  if (plain.text() != plain_in_pieces.text() || plain.text().size() > text.size()) std::abort();
  if (plain.text().find_first_of("\x1b\r\b") != std::string::npos) std::abort();

  SolEncoder encoder;
  if (encoder.encode(text).size() > 2 * text.size()) std::abort();
  return 0;
}
