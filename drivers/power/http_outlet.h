#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/http_client.h"
#include "drivers/power/confirmed_switch.h"

// What drivers of switches with a web server have in common: one request switches, one asks, one measures.
namespace rigbisect {

struct HttpDialect {
  std::string name;  // "shelly1 http://plug-3 relay 0"
  HttpRequest on;
  HttpRequest off;
  std::optional<HttpRequest> status;                    // nullopt: it cannot be asked
  std::function<HttpRequest(long seconds)> cycle = {};  // off, and on by itself after that; empty: it cannot
  std::optional<HttpRequest> meter = {};
  // What a reply means. Of the answer to a command only errors count, for devices that refuse with status
  // 200.
  std::function<Result<Reading>(const std::string& body)> reading = {};
  std::function<Result<std::optional<double>>(const std::string& body)> watts = {};
  bool command_reports = false;  // the answer to a command is a reading, too
};

// `client` is where the requests go.
Result<std::unique_ptr<PowerSwitch>> http_switch(HttpClient client, HttpDialect dialect,
                                                 const DriverOptions& options, Clock& clock);

// HttpClient's options, `outlet` (under this name, with these bounds) and, if `metered`, `off_below`.
std::vector<OptionSpec> http_outlet_options(const OptionSpec& outlet, bool metered);

}  // namespace rigbisect
