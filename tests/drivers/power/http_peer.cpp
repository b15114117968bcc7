#include "tests/drivers/power/http_peer.h"

#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <microhttpd.h>

#include "os/file.h"
#include "tests/fakes/running_program.h"

namespace rigbisect {
namespace {

constexpr const char* kRealm = "switch";

MHD_Result add_query(void* query, MHD_ValueKind, const char* key, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(query))[key] = value == nullptr ? "" : value;
  return MHD_YES;
}

MHD_Result add_header(void* headers, MHD_ValueKind, const char* key, const char* value) {
  std::string name = key;
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  (*static_cast<std::map<std::string, std::string>*>(headers))[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using Response = std::unique_ptr<MHD_Response, ResponseDeleter>;

Response make_response(const std::string& body) {
  std::string copy = body;
  return Response(MHD_create_response_from_buffer(copy.size(), copy.data(), MHD_RESPMEM_MUST_COPY));
}

}  // namespace

HttpPeer::HttpPeer(DriverRow<PowerSwitch> row, Login login) : row_(std::move(row)), login_(login) {
  const int port = free_port(SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  static constexpr char kRandom[] = "not random at all";
  daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, static_cast<std::uint16_t>(port), nullptr,
                             nullptr, reinterpret_cast<MHD_AccessHandlerCallback>(&HttpPeer::on_request),
                             this, MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr*>(&address),
                             MHD_OPTION_DIGEST_AUTH_RANDOM, sizeof kRandom, kRandom, MHD_OPTION_NONCE_NC_SIZE,
                             100u, MHD_OPTION_END);
  if (daemon_ == nullptr) throw std::runtime_error("the HTTP peer cannot listen");
  relay_ = std::make_unique<FaultyRelay>(FaultyRelay::Kind::tcp, port);
}

HttpPeer::~HttpPeer() {
  relay_.reset();
  MHD_stop_daemon(daemon_);
}

std::string HttpPeer::secret_file(const std::string& secret) const {
  const auto path = scratch_.path() / secret;
  if (const auto done = write_file_atomically(path, secret + "\n"); !done)
    throw std::runtime_error(done.error().what);
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

Given HttpPeer::options(int outlet) const {
  Given given = outlet_options(outlet);
  given["url"] = {"http://127.0.0.1:" + std::to_string(relay_->port())};
  if (login_ == Login::none && !given.contains("user")) return given;
  given["user"] = {"rig"};
  given["password"] = {"file", secret_file("secret")};
  return given;
}

Given HttpPeer::wrong_credentials() const {
  if (!options(1).contains("user")) return {};
  return {{"password", {"file", secret_file("wrong")}}};
}

Given HttpPeer::nobody_there() const {
  return {{"url", {"http://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM))}}};
}

void HttpPeer::behave(Manners manners) {
  model_.behave(manners);
  relay_->behave(manners);
}

// Answers with 401 if it has to.
bool HttpPeer::log_in(MHD_Connection* connection) const {
  if (login_ == Login::digest) {
    const int known = MHD_digest_auth_check(connection, kRealm, "rig", "secret", 300);
    if (known == MHD_YES) return true;
    const Response refusal = make_response("");
    const int stale = known == MHD_INVALID_NONCE ? MHD_YES : MHD_NO;  // two clients may get one nonce
    MHD_queue_auth_fail_response(connection, kRealm, "opaque", refusal.get(), stale);
    return false;
  }
  if (login_ == Login::none) return true;
  char* password = nullptr;
  char* user = MHD_basic_auth_get_username_password(connection, &password);
  const bool known = user != nullptr && password != nullptr && std::strcmp(user, "rig") == 0 &&
                     std::strcmp(password, "secret") == 0;
  MHD_free(user);
  MHD_free(password);
  const Response refusal = make_response("");
  if (!known) MHD_queue_basic_auth_fail_response(connection, kRealm, refusal.get());
  return known;
}

int HttpPeer::on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                         const char*, const char* upload, std::size_t* upload_size, void** state) {
  auto* peer = static_cast<HttpPeer*>(self);
  auto* body = static_cast<std::string*>(*state);
  if (body == nullptr) {
    *state = new std::string;  // NOLINT: ends with the last call of this request
    return MHD_YES;
  }
  if (*upload_size > 0) {
    body->append(upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  HttpQuestion question{.method = method, .path = url, .query = {}, .body = std::move(*body)};
  delete body;
  *state = nullptr;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, &question.query);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, &question.headers);
  if (!peer->log_in(connection)) return MHD_YES;
  const HttpAnswer answer = peer->answer(question);
  const Response response = make_response(answer.body);
  for (const auto& [name, value] : answer.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

}  // namespace rigbisect
