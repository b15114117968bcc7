#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_override.h"
#include "device/driver.h"
#include "os/process.h"

// A BMC over IPMI 2.0 (RMCP+), what its drivers share. The requests are raw bytes of the specification; the
// session around them is ipmitool's, in a process of its own: it ends at a deadline or a stop whatever the
// BMC does, and reads the BMC's packets outside of us. The password is in its environment, never in its
// arguments.
namespace rigbisect {

using IpmiBytes = std::vector<std::uint8_t>;

// What `ipmitool -v raw` printed for a request that went well: the response's data after the completion code.
Result<IpmiBytes> parse_ipmi_response(std::string_view output);

// Why it failed, from the same output. Sets `completion_code` of a BMC that answered, else 0.
Error explain_ipmi_failure(std::string_view output, int& completion_code);

struct BmcAccess {
  std::string host;
  std::string port;
  std::string user;
  std::string password;
  std::string cipher;     // cipher suite, or "auto"
  std::string privilege;  // "operator" or "administrator"
};

class IpmiBmc {
 public:
  IpmiBmc(BmcAccess access, Clock& clock) : access_(std::move(access)), clock_(clock) {}

  // Options that every driver with a BMC has: host, port, user, password, cipher, privilege.
  static std::vector<OptionSpec> options();
  // From these options; fetches the secret and looks for ipmitool.
  static Result<IpmiBmc> make(const DriverOptions& options, Clock& clock);

  // ipmitool with a session to this BMC and these words after its options.
  Command command(const std::vector<std::string>& words) const;

  // One session with one request. A BMC may see the request twice when its answer is late. `tolerated` is a
  // completion code that counts as an answer without data, 0 for none.
  Result<IpmiBytes> request(const IpmiBytes& request, int tolerated, Deadline deadline, std::stop_token stop);

  // Sets the boot flags for the next boot only and reads them back (IPMI 2.0, 28.12 and 28.13).
  Result<void> boot_once(BootTarget target, bool uefi, Deadline deadline, std::stop_token stop);

  std::string name() const;  // "bmc-nuc1:623"

 private:
  BmcAccess access_;
  Clock& clock_;
};

}  // namespace rigbisect
