#include "base/text.h"
#include "drivers/power/http_outlet.h"
#include "drivers/power/http_replies.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// [METHOD, /PATH, BODY]
Result<HttpRequest> read_request(const DriverOptions& options, const std::string& option) {
  const auto& words = options.list(option);
  const bool known = words.size() >= 2 && words.size() <= 3 && words[1].starts_with("/") &&
                     (words[0] == "GET" || words[0] == "POST" || words[0] == "PUT" || words[0] == "PATCH");
  if (!known) {
    return Error{Errc::invalid,
                 "http: '" + option +
                     "' must be [METHOD, /PATH] or [METHOD, /PATH, BODY] with GET, POST, PUT or PATCH"};
  }
  HttpRequest request{.path = words[1], .method = words[0]};
  if (words.size() == 3) request.body = words[2];
  request.content_type = request.body.empty() ? "" : options.text("content_type");
  if (options.has("header")) request.headers = {options.text("header")};
  return request;
}

// One request each to switch on, to switch off, to ask; all from the board file.
Result<std::unique_ptr<PowerSwitch>> make_http(const DriverOptions& options, const DriverContext& context) {
  auto client = HttpClient::make(options);
  if (!client) return client.error().within("http");
  auto on = read_request(options, "on");
  if (!on) return on.error();
  auto off = read_request(options, "off");
  if (!off) return off.error();
  HttpDialect dialect;
  dialect.name = "http " + client->name() + printable(on->path);
  dialect.on = std::move(*on);
  dialect.off = std::move(*off);
  if (options.has("status")) {
    auto status = read_request(options, "status");
    if (!status) return status.error();
    dialect.status = std::move(*status);
    const DescribedState state{.pointer = options.has("state") ? options.text("state") : "",
                               .on = options.text("state_on"),
                               .off = options.text("state_off")};
    dialect.reading = [state](const std::string& body) { return described_reading(body, state); };
  }
  return http_switch(std::move(*client), std::move(dialect), options, context.clock);
}

constexpr const char* kHttpNotes =
    R"(Any switch with a web interface (ESPHome, Home Assistant, a script of yours), described in the board file.

`on`, `off` and `status` are requests: [METHOD, /PATH] or [METHOD, /PATH, BODY]. Any 2xx answer is success. With `status`
each switching is read back: `state` is a JSON pointer to the value in the answer (absent: the whole answer is the value),
which must be `state_on` or `state_off`; anything else is an error. Without `status` the switch is trusted.
Credentials by `user` and `password` (basic or digest); never write them into a path.

  power:
    driver: http
    url: http://esphome-relay.lab
    on: [POST, /switch/board_1/turn_on]
    off: [POST, /switch/board_1/turn_off]
    status: [GET, /switch/board_1]
    state: /state
    state_on: "ON"
    state_off: "OFF"

Source: own definition; the example is ESPHome's web server API (esphome.io/web-api).)";

}  // namespace

DriverRow<PowerSwitch> http_driver() {
  auto options = HttpClient::options();
  const std::vector<OptionSpec> own = {
      {.name = "on", .type = OptionType::list, .required = true, .help = "request that switches on"},
      {.name = "off", .type = OptionType::list, .required = true, .help = "request that switches off"},
      {.name = "status", .type = OptionType::list, .help = "request that asks for the state"},
      {.name = "state", .help = "JSON pointer to the state in the answer, such as /relays/0/on"},
      {.name = "state_on", .default_value = "true", .help = "the value that means on"},
      {.name = "state_off", .default_value = "false", .help = "the value that means off"},
      {.name = "content_type", .default_value = "application/json", .help = "of the bodies"},
      {.name = "header", .help = "one more header line"},
  };
  options.insert(options.begin() + 1, own.begin(), own.end());
  return {
      .name = "http",
      .summary = "any switch with a web interface, described in the board file",
      .notes = kHttpNotes,
      .options = std::move(options),
      .make = make_http,
  };
}

}  // namespace rigbisect
