#include <mutex>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "drivers/console/console_options.h"
#include "drivers/console/reopening_console.h"
#include "drivers/registry.h"
#include "drivers/tcp_stream.h"

namespace rigbisect {
namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SessionFree {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, ContextFree>;
using Session = std::unique_ptr<SSL, SessionFree>;

struct Access {
  TcpAddress address;
  std::string ca = {};
  std::string certificate = {};  // ours, with its key
  bool verify = true;
  std::string name() const { return "tls " + address.text(); }
};

// The oldest error that OpenSSL keeps for this thread; forgets all.
std::string library_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "the other side ended it" : reason;
}

// A TLS session over a socket that never blocks. OpenSSL allows one call at a time, so a lock is held for
// each call and never while waiting.
class TlsLine : public ConsoleLine {
 public:
  TlsLine(TcpStream stream, Context context, Session session)
      : stream_(std::move(stream)), context_(std::move(context)), session_(std::move(session)) {}

  Result<void> shake_hands(Deadline deadline, std::stop_token stop) {
    const auto shaken = repeat([&] { return SSL_connect(session_.get()); }, deadline, std::move(stop));
    if (shaken) return {};
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict == X509_V_OK) return shaken.error();
    return Error{Errc::denied, stream_.name() + ": its certificate is not trusted (" +
                                   X509_verify_cert_error_string(verdict) +
                                   "): name its CA in 'ca', or set 'verify: false'"};
  }

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    const auto size = static_cast<int>(std::min<std::size_t>(into.size(), 1 << 20));
    return repeat([&] { return SSL_read(session_.get(), into.data(), size); }, deadline, std::move(stop));
  }

  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    while (!bytes.empty()) {
      const auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), 16 << 10));
      auto count = repeat([&] { return SSL_write(session_.get(), bytes.data(), size); }, deadline, stop);
      if (!count && count.error().code == Errc::timeout)
        count = Error{Errc::disconnected, count.error().what};
      if (!count) return count.error();
      bytes = bytes.subspan(*count);
    }
    return {};
  }

  std::string describe() const override { return stream_.name(); }

 private:
  // Calls until it is done, waiting for the socket as OpenSSL wishes.
  template <typename Call>
  Result<std::size_t> repeat(const Call& call, Deadline deadline, std::stop_token stop) {
    for (;;) {
      int wish = 0;
      {
        const std::lock_guard lock(mutex_);
        ERR_clear_error();
        const int done = call();
        if (done > 0) return static_cast<std::size_t>(done);
        wish = SSL_get_error(session_.get(), done);
        if (wish != SSL_ERROR_WANT_READ && wish != SSL_ERROR_WANT_WRITE) {
          return Error{Errc::disconnected, stream_.name() + ": the TLS connection ended: " + library_error()};
        }
      }
      if (auto ready = stream_.wait(wish == SSL_ERROR_WANT_WRITE, deadline, stop); !ready)
        return ready.error();
    }
  }

  TcpStream stream_;
  std::mutex mutex_;
  Context context_;
  Session session_;  // guarded by mutex_; before the socket it uses is closed
};

Error unusable(const std::string& file, const char* what) {
  return Error{Errc::invalid, printable(file) + ": " + what + ": " + library_error()};
}

Result<Context> make_context(const Access& access) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Error{Errc::internal, "OpenSSL cannot be used: " + library_error()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), access.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const bool trusted = access.ca.empty()
                           ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                           : SSL_CTX_load_verify_locations(context.get(), access.ca.c_str(), nullptr) == 1;
  if (!trusted) return unusable(access.ca, "cannot read the certificates to trust");
  if (access.certificate.empty()) return context;
  const char* file = access.certificate.c_str();
  if (SSL_CTX_use_certificate_chain_file(context.get(), file) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), file, SSL_FILETYPE_PEM) != 1) {
    return unusable(access.certificate, "cannot use the certificate and key");
  }
  return context;
}

// A certificate names its host by address or by name; only a name is sent along (RFC 6066).
bool expect_host(SSL* session, std::string host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(session);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return true;
  return X509_VERIFY_PARAM_set1_host(expected, host.c_str(), 0) == 1 &&
         SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

Result<Session> make_session(SSL_CTX* context, int socket, const std::string& host) {
  Session session(SSL_new(context));
  if (session == nullptr || !expect_host(session.get(), host) || SSL_set_fd(session.get(), socket) != 1) {
    return Error{Errc::internal, "OpenSSL cannot make a session: " + library_error()};
  }
  return session;
}

Result<std::shared_ptr<ConsoleLine>> open_line(const Access& access, Deadline deadline,
                                               const std::stop_token& stop) {
  auto context = make_context(access);
  if (!context) return context.error().within(access.name());
  auto stream = TcpStream::connect(access.address, access.name(), deadline, stop);
  if (!stream) return stream.error();
  auto session = make_session(context->get(), stream->fd(), access.address.host);
  if (!session) return session.error().within(access.name());
  const auto line = std::make_shared<TlsLine>(std::move(*stream), std::move(*context), std::move(*session));
  if (auto shaken = line->shake_hands(deadline, stop); !shaken) return shaken.error();
  return std::shared_ptr<ConsoleLine>(line);
}

Result<std::unique_ptr<SerialConsole>> make_tls(const DriverOptions& options, const DriverContext& context) {
  Access access{.address = {options.text("host"), options.text("port")}};
  if (options.has("ca")) access.ca = options.text("ca");
  if (options.has("certificate")) access.certificate = options.text("certificate");
  access.verify = options.boolean("verify");
  const auto open = [access](Deadline deadline, const std::stop_token& stop) {
    return open_line(access, deadline, stop);
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kTlsNotes =
    R"(The UART hangs on another machine that offers it as a raw TCP port behind TLS: ser2net with a `ssl` accepter, stunnel or
socat in front of a raw port. Speed and framing are set there. Use it where the console crosses a network that is not
yours alone: whoever reaches a console's port owns the board.

The server proves who it is by a certificate for the name or address in `host`, signed by a CA of this machine or by the
one in `ca`; a self-signed certificate is its own CA. With `certificate` we prove who we are. TLS 1.2 and 1.3.

A lost connection is made anew; the gap is noted in the console log. A dead server is noticed within 30 s.

  console:
    driver: tls
    host: rack2.lab
    port: 3001
    ca: /etc/rigbisect/rack2.pem

Source: RFC 8446 (TLS 1.3), spoken by OpenSSL 3.)";

}  // namespace

DriverRow<SerialConsole> tls_driver() {
  return {
      .name = "tls",
      .summary = "UART behind a raw TCP port with TLS (ser2net ssl, stunnel)",
      .notes = kTlsNotes,
      .options = joined(
          server_options("its TLS port for this UART"),
          {
              {.name = "ca", .type = OptionType::path, .help = "file with the certificates to trust, as PEM"},
              {.name = "certificate",
               .type = OptionType::path,
               .help = "file with our certificate and its key, as PEM"},
              {.name = "verify",
               .type = OptionType::boolean,
               .default_value = "true",
               .help = "refuse a certificate that is not trusted"},
          }),
      .make = make_tls,
  };
}

}  // namespace rigbisect
