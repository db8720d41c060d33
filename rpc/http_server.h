// HttpServer: the sockets and threads under the front: one thread accepts, eight serve (design,
// section 6), and more stand by for calls that wait (docs/adr/0010). cpp-httplib takes heads apart
// and writes answers; the rest is ours (docs/adr/0013).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "rpc/acceptor.h"
#include "rpc/http_exchange.h"

namespace seed::rpc {

class HttpServer {
 public:
  using Serving = std::function<HttpAnswer(HttpExchange&)>;
  /// Whether a client of that address may ask anything; "" is a unix socket. From any thread.
  using Knowing = std::function<bool(std::string_view peer)>;

  explicit HttpServer(Serving serving, Knowing knows = [](std::string_view) { return true; });
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens and serves from now on. The fault says which address and why.
  Result<void> start(const HttpBinding& binding);
  /// Takes no more, answers what is being asked and ends the threads. May be called twice.
  void stop();
  /// The port in use; 0 on a unix socket or when not started.
  std::uint16_t port() const { return acceptor_.port(); }

 private:
  class Clients;

  Serving serving_;
  Knowing knows_;
  std::unique_ptr<Clients> clients_;
  Acceptor acceptor_;
};

}  // namespace seed::rpc
