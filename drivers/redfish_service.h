#pragma once

#include <string>
#include <vector>

#include "drivers/http_client.h"
#include "drivers/power/redfish_replies.h"

// A machine behind a Redfish service (DSP0266), what its drivers share.
namespace rigbisect {

class RedfishService {
 public:
  // HttpClient's options, and login, system.
  static std::vector<OptionSpec> options();
  static Result<RedfishService> make(const DriverOptions& options);

  // The machine's state. Errors: as HttpClient::request(), and protocol.
  Result<RedfishSystem> system(Deadline deadline, std::stop_token stop);

  // Asks for a reset of the first type of `wishes` that the service offers.
  Result<void> reset(const std::vector<std::string>& wishes, Deadline deadline, std::stop_token stop);

  // Wishes for the next boot only: "Pxe", "Hdd"; proven by reading it back.
  Result<void> boot_once(const std::string& target, bool uefi, Deadline deadline, std::stop_token stop);

  std::string name() const { return client_.name(); }

 private:
  RedfishService(HttpClient client, std::string user, std::string password, std::string system)
      : client_(std::move(client)),
        user_(std::move(user)),
        password_(std::move(password)),
        system_(std::move(system)) {}

  // Within a session of its own, if the service is to be used by sessions.
  template <typename Work>
  auto in_session(const Work& work, Deadline deadline, const std::stop_token& stop);
  Result<std::string> find_system(Deadline deadline, const std::stop_token& stop);
  Result<RedfishSystem> get_system(Deadline deadline, const std::stop_token& stop);
  Result<std::string> send(HttpRequest request, Deadline deadline, const std::stop_token& stop) const;

  HttpClient client_;
  std::string user_;  // empty: basic authentication, by the client
  std::string password_;
  std::string system_;  // where it is; empty until it was found
  std::string token_;   // of the session
};

}  // namespace rigbisect
