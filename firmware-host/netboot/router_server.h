#pragma once

#include <memory>

#include <asio/io_context.hpp>

#include "base/result.h"
#include "netboot/interface.h"
#include "netboot/offers.h"
#include "netboot/socket.h"

namespace rigbisect::netboot {

// The packet socket around router_advert.h: answers only machines whose firmware is at work, so that the
// kernel under test meets the network as it is. Needs no IPv6 on this host. Lives in the thread of its
// io_context.
class RouterServer {
 public:
  // Errors: not permitted (CAP_NET_RAW).
  static Result<std::unique_ptr<RouterServer>> open(asio::io_context& io, const Interface& interface,
                                                    const Offers& offers, FailureHandler failed);
  ~RouterServer();

 private:
  struct State;
  explicit RouterServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace rigbisect::netboot
