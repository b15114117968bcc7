#include "drivers/power/http_outlet.h"

#include <algorithm>
#include <utility>

namespace rigbisect {
namespace {

// More than any board needs; how far the devices' own timers go was not read anywhere.
constexpr Duration kLongestCycle = std::chrono::hours(1);

class HttpOutlet : public Outlet {
 public:
  HttpOutlet(HttpClient client, HttpDialect dialect)
      : client_(std::move(client)), dialect_(std::move(dialect)) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    return tell(wanted == Power::on ? dialect_.on : dialect_.off, deadline, std::move(stop));
  }

  Duration longest_cycle() const override { return dialect_.cycle == nullptr ? Duration{} : kLongestCycle; }

  Result<void> cycle(Duration off_time, Deadline deadline, std::stop_token stop) override {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(off_time).count();
    return tell(dialect_.cycle(std::max<long>(1, seconds)), deadline, std::move(stop));
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    if (!dialect_.status) return Reading::unknown;
    const auto body = client_.request(*dialect_.status, deadline, stop);
    if (!body) return body.error();
    return dialect_.reading(*body);
  }

  Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop) override {
    if (!dialect_.meter) return std::optional<double>{};
    const auto body = client_.request(*dialect_.meter, deadline, stop);
    if (!body && body.error().code == Errc::not_found) return std::optional<double>{};  // a model without
    if (!body) return body.error();
    return dialect_.watts(*body);
  }

  std::string name() const override { return dialect_.name; }

 private:
  Result<void> tell(const HttpRequest& request, Deadline deadline, std::stop_token stop) {
    const auto body = client_.request(request, deadline, std::move(stop));
    if (!body) return body.error();
    if (!dialect_.command_reports) return {};
    const auto reading = dialect_.reading(*body);
    if (!reading) return reading.error();
    return {};
  }

  HttpClient client_;
  HttpDialect dialect_;
};

}  // namespace

Result<std::unique_ptr<PowerSwitch>> http_switch(HttpClient client, HttpDialect dialect,
                                                 const DriverOptions& options, Clock& clock) {
  ConfirmedSwitch::Proof proof;
  if (options.has("off_below")) proof.off_below = static_cast<double>(options.integer("off_below"));
  return confirmed(std::make_unique<HttpOutlet>(std::move(client), std::move(dialect)), clock, proof);
}

std::vector<OptionSpec> http_outlet_options(const OptionSpec& outlet, bool metered) {
  auto options = HttpClient::options();
  options.insert(options.begin() + 1, outlet);
  if (metered) {
    options.push_back({.name = "off_below",
                       .type = OptionType::integer,
                       .help = "on a metered outlet: off means fewer watts than this",
                       .min = 1,
                       .max = 10000});
  }
  return options;
}

}  // namespace rigbisect
