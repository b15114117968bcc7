#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/driver.h"

// One device with a web server, through libcurl: HTTP and HTTPS, basic and digest authentication, no
// redirects, no proxy, answers of at most 64 KB. Each request has a connection of its own.
namespace rigbisect {

struct HttpRequest {
  std::string path;  // with its leading '/' and query
  std::string method = "GET";
  std::string body = {};
  std::string content_type = {};
  std::vector<std::string> headers = {};  // more lines, "X-CSRF: x"
};

struct HttpReply {
  long status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  // by name in lower case, of the last answer

  // Its value, or "".
  std::string header(const std::string& name) const;
};

struct HttpAccess {
  std::string url;  // "http://plug-3.lab:80", without a path
  std::string user;
  std::string password;
  std::string ca;  // file with certificates to trust; empty: the system's
  bool verify = true;
};

class HttpClient {
 public:
  explicit HttpClient(HttpAccess access) : access_(std::move(access)) {}

  // url, user, password, ca, verify
  static std::vector<OptionSpec> options();
  static Result<HttpClient> make(const DriverOptions& options);

  // The body of a 2xx answer. Errors: denied (401, 403), not_found (404, unknown host), disconnected,
  // timeout, busy (503), protocol (no HTTP), io (other answers), cancelled (at once).
  Result<std::string> request(const HttpRequest& request, Deadline deadline, std::stop_token stop) const;

  // The same with all of the answer.
  Result<HttpReply> exchange(const HttpRequest& request, Deadline deadline, std::stop_token stop) const;

  const HttpAccess& access() const { return access_; }
  std::string name() const;  // "http://plug-3.lab"

 private:
  HttpAccess access_;
};

// `text` for use in a query: everything but letters, digits and -._~ as %XX.
std::string url_escape(std::string_view text);

}  // namespace rigbisect
