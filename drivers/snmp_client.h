#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/driver.h"

// One SNMP agent, through net-snmp. Every question opens and closes its session.
namespace rigbisect {

struct SnmpAccess {
  std::string host;
  std::string port;
  std::string version;    // "1", "2c" or "3"
  std::string community;  // of 1 and 2c
  std::string user;       // of 3, as the rest
  std::string auth;       // "none", "md5", "sha", "sha256" ...
  std::string auth_password;
  std::string privacy;  // "none", "des" or "aes"
  std::string privacy_password;
};

class SnmpClient {
 public:
  explicit SnmpClient(SnmpAccess access) : access_(std::move(access)) {}

  // host, port, version, community, user, auth, auth_password, privacy, privacy_password
  static std::vector<OptionSpec> options();
  static Result<SnmpClient> make(const DriverOptions& options);

  // An integer, or nullopt if the agent has no such object. Asks again each second until `deadline`.
  // Errors: timeout (a wrong community is not answered either), denied, protocol, not_found, cancelled.
  Result<std::optional<long>> get(const std::string& oid, Deadline deadline, std::stop_token stop) const;

  // The value of an object that is an OID, as "1.3.6.1...".
  Result<std::optional<std::string>> get_oid(const std::string& oid, Deadline deadline,
                                             std::stop_token stop) const;

  // The agent may get it twice when its answer is late.
  Result<void> set(const std::string& oid, long value, Deadline deadline, std::stop_token stop) const;

  std::string name() const;  // "pdu-1:161"

 private:
  SnmpAccess access_;
};

}  // namespace rigbisect
