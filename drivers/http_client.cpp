#include "drivers/http_client.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>

#include <curl/curl.h>

#include "base/text.h"
#include "drivers/secret.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestAnswer = 64 << 10;
constexpr std::size_t kMostHeaders = 64;
constexpr std::size_t kLongestHeader = 4096;
constexpr std::size_t kShown = 200;

struct EasyCloser {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiCloser {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, ListCloser>;

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::size_t take(char* bytes, std::size_t, std::size_t count, void* into) {
  auto* body = static_cast<std::string*>(into);
  if (body->size() + count > kLongestAnswer) return 0;  // ends the transfer
  body->append(bytes, count);
  return count;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// libcurl gives one line at a time, at most 100 KB; a new answer (after a 401) begins with its status line.
std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* into) {
  auto* headers = static_cast<std::map<std::string, std::string>*>(into);
  const std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) headers->clear();
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && headers->size() < kMostHeaders && count <= kLongestHeader) {
    (*headers)[lower(trim(line.substr(0, colon)))] = trim(line.substr(colon + 1));
  }
  return count;
}

void add(Headers& headers, const std::string& line) {
  if (line.empty()) return;
  if (curl_slist* longer = curl_slist_append(headers.get(), line.c_str())) {
    (void)headers.release();
    headers.reset(longer);
  }
}

void set_up(CURL* easy, const HttpAccess& access, const HttpRequest& request, const Headers& headers,
            HttpReply& reply) {
  curl_easy_setopt(easy, CURLOPT_URL, (access.url + request.path).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reply.headers);
  if (request.method != "GET") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  }
  if (!access.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
    curl_easy_setopt(easy, CURLOPT_USERNAME, access.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, access.password.c_str());
  }
  if (!access.ca.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, access.ca.c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, access.verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, access.verify ? 2L : 0L);
}

// Runs the one transfer of `multi` until it ends, the deadline or a stop.
Result<CURLcode> run(CURLM* multi, Deadline deadline, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (int running = 1;;) {
    curl_multi_perform(multi, &running);
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi, &left); message != nullptr) {
      return message->data.result;
    }
    const auto time =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while waiting for the answer"};
    if (time <= time.zero()) return Error{Errc::timeout, "the device did not answer in time"};
    const auto wait = std::min<long long>(time.count(), 1000);
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait), nullptr);
  }
}

Error transfer_error(CURLcode code) {
  const std::string why = curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error{Errc::not_found, "the host's name cannot be resolved"};
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
      return Error{Errc::disconnected, "the connection failed: " + why};
    case CURLE_WRITE_ERROR:
      return Error{Errc::protocol, "the answer is longer than 64 KB: is this the device?"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error{Errc::denied,
                   "the device's certificate is not trusted: name its CA in 'ca', or set "
                   "'verify: false'"};
    case CURLE_OPERATION_TIMEDOUT:
      return Error{Errc::timeout, "the device did not answer in time"};
    default:
      return Error{Errc::protocol, "the device's answer is not understood: " + why};
  }
}

Error status_error(long status, const std::string& path, const std::string& body) {
  const std::string code = "HTTP status " + std::to_string(status);
  if (status == 401 || status == 403) {
    return Error{Errc::denied, "the device refuses user or password (" + code + ")"};
  }
  if (status == 404) {
    return Error{Errc::not_found, "the device has no " + printable(path.substr(0, path.find('?'))) + " (" +
                                      code + "): another model, or no such outlet?"};
  }
  const std::string said = printable(trim(body).substr(0, kShown));
  if (status == 503) return Error{Errc::busy, "the device is busy (" + code + ")"};
  return Error{Errc::io, "the device answers " + code + (said.empty() ? "" : ": " + said)};
}

Result<HttpReply> transfer(const HttpAccess& access, const HttpRequest& request, Deadline deadline,
                           const std::stop_token& stop) {
  const std::unique_ptr<CURLM, MultiCloser> multi(curl_multi_init());
  const std::unique_ptr<CURL, EasyCloser> easy(curl_easy_init());
  if (multi == nullptr || easy == nullptr) return Error{Errc::internal, "libcurl cannot be used"};
  Headers headers;
  add(headers, request.content_type.empty() ? "" : "Content-Type: " + request.content_type);
  for (const std::string& line : request.headers) add(headers, line);
  add(headers, "Expect:");
  HttpReply answer;
  set_up(easy.get(), access, request, headers, answer);
  curl_multi_add_handle(multi.get(), easy.get());
  const auto ended = run(multi.get(), deadline, stop);
  curl_multi_remove_handle(multi.get(), easy.get());
  if (!ended) return ended.error();
  if (*ended != CURLE_OK) return transfer_error(*ended);
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Result<std::string> HttpClient::request(const HttpRequest& request, Deadline deadline,
                                        std::stop_token stop) const {
  auto reply = exchange(request, deadline, std::move(stop));
  if (!reply) return reply.error();
  return std::move(reply->body);
}

Result<HttpReply> HttpClient::exchange(const HttpRequest& request, Deadline deadline,
                                       std::stop_token stop) const {
  start_curl();
  // A device may give two clients one nonce at the same moment, and then takes it from the first only.
  for (int attempts_left = access_.user.empty() ? 0 : 2;; --attempts_left) {
    auto answer = transfer(access_, request, deadline, stop);
    if (!answer) return answer.error();
    if (answer->status >= 200 && answer->status <= 299) return answer;
    if (answer->status == 401 && attempts_left > 0) continue;
    return status_error(answer->status, request.path, answer->body);
  }
}

std::string HttpClient::name() const {
  return printable(access_.url);
}

std::vector<OptionSpec> HttpClient::options() {
  return {
      {.name = "url", .required = true, .help = "the device: http://HOST, http://HOST:PORT or https://HOST"},
      {.name = "user", .help = "for devices that ask for one"},
      {.name = "password", .type = OptionType::secret, .help = "the user's password"},
      {.name = "ca",
       .type = OptionType::path,
       .help = "https: file with the certificate to trust, as PEM",
       .shared = true},
      {.name = "verify",
       .type = OptionType::boolean,
       .default_value = "true",
       .help = "https: refuse a certificate that is not trusted"},
  };
}

Result<HttpClient> HttpClient::make(const DriverOptions& options) {
  HttpAccess access;
  access.url = options.text("url");
  while (access.url.ends_with('/')) access.url.pop_back();
  const auto host = access.url.find("://");
  const bool known = access.url.starts_with("http://") || access.url.starts_with("https://");
  if (!known || access.url.find_first_of("/?#@ ", host + 3) != std::string::npos ||
      access.url.size() == host + 3) {
    return Error{Errc::invalid, "'url' must be http://HOST, http://HOST:PORT or the same with https, not '" +
                                    printable(access.url) + "'"};
  }
  if (options.has("user")) access.user = options.text("user");
  auto password = fetch_secret(options, "password");
  if (!password) return password.error();
  access.password = std::move(*password);
  if (options.has("ca")) access.ca = options.text("ca");
  access.verify = options.boolean("verify");
  return HttpClient(std::move(access));
}

std::string url_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    out += plain ? std::string(1, c) : "%" + to_hex({&byte, 1});
  }
  return out;
}

}  // namespace rigbisect
