#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "netboot/offers.h"
#include "os/fd.h"

struct MHD_Daemon;

namespace rigbisect::netboot {

// Serves script, kernel and initramfs of live offers by HTTP on a thread of its own: GNU libmicrohttpd, which
// stays in http_server.cpp. The paths are "/<token>/<name>"; both are looked up in tables. Files are streamed
// from disk, and a transfer ends when its offer does. Connections are limited in number, per client, and in
// idle time.
class HttpServer {
 public:
  // Takes over a listening socket.
  static Result<std::unique_ptr<HttpServer>> start(Fd listener, Offers& offers, const Clock& clock);
  // Closes all connections and joins the thread.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  struct Context {
    Offers& offers;
    const Clock& clock;
  };

 private:
  HttpServer(Offers& offers, const Clock& clock) : context_{offers, clock} {}

  Context context_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace rigbisect::netboot
