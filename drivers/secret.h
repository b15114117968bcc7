#pragma once

#include <string>

#include "device/driver.h"

namespace rigbisect {

// The secret that a board file refers to. Blocks for file I/O. It is at most 4 KB and counts without the line
// feed at its end; a file must not be open to every user. Errors (not_found, denied, invalid) name the
// option and the place, never the content.
Result<std::string> fetch_secret(const SecretReference& reference, const std::string& option);

// The secret of an option that may be absent: then `otherwise`.
Result<std::string> fetch_secret(const DriverOptions& options, const std::string& option,
                                 const std::string& otherwise = "");

}  // namespace rigbisect
