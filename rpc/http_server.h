// HttpServer: the sockets and threads under the front: one thread accepts, eight serve (design,
// section 6), and more stand by for calls that wait (docs/adr/0010). cpp-httplib reads and writes
// the HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/base/result.h"
#include "rpc/http_exchange.h"

namespace seed::rpc {

struct HttpBinding {
  std::string address;               ///< an IP address, or "unix:/path"
  std::uint16_t port = 0;            ///< 0: any free one; not for unix sockets
  std::uint32_t socket_mode = 0750;  ///< permissions of a unix socket's file
};

class HttpServer {
 public:
  using Serving = std::function<HttpAnswer(HttpExchange&)>;

  explicit HttpServer(Serving serving);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens and serves from now on. The fault says which address and why.
  Result<void> start(const HttpBinding& binding);
  /// Takes no more, answers what is being asked and ends the threads. May be called twice.
  void stop();
  /// The port in use; 0 on a unix socket or when not started.
  std::uint16_t port() const { return port_; }

 private:
  class Listener;

  Serving serving_;
  std::unique_ptr<Listener> listener_;
  std::thread acceptor_;
  std::string socket_path_;
  std::uint16_t port_ = 0;
};

}  // namespace seed::rpc
