// HttpServer: the sockets and threads under the front: one thread waits for all clients
// (rpc/http/reactor.h), and as many as are needed answer those that have asked something, at most
// limits::http_threads (docs/adr/0010, 0018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "rpc/http/acceptor.h"
#include "rpc/http/exchange.h"
#include "rpc/http/reactor.h"
#include "rpc/http/tls.h"

namespace seed::rpc {

class HttpServer {
 public:
  /// On one of many threads. A request whose body has not come yet is served twice, and what is
  /// answered the first time is thrown away (BodyFault::not_yet).
  using Serving = std::function<HttpAnswer(HttpExchange&)>;
  /// Whether a client of that address may ask anything; "" is a unix socket. From any thread.
  using Knowing = std::function<bool(std::string_view peer)>;

  /// Hears the status of each answer that is given. On one of many threads.
  using Counting = std::function<void(int status)>;

  struct Bounds {
    std::size_t threads_max = limits::http_threads + limits::http_streams_max;
    Reactor::Bounds connections = {};
  };

  explicit HttpServer(
      const Serving& serving, const Knowing& knows = [](std::string_view) { return true; })
      : HttpServer(serving, knows, Bounds()) {}
  HttpServer(Serving serving, Knowing knows, const Bounds& bounds, Counting counting = [](int) {});
  /// Waits for its threads, however long they take.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens and serves from now on. The fault says which address and why. `tls`, which has files
  /// and outlives it, makes it HTTPS; a unix socket does without.
  Result<void> start(const HttpBinding& binding, const Tls* tls = nullptr);
  /// Takes no more, answers what is being asked and ends the threads, for which it waits for
  /// limits::stop_calls_max at most. May be called twice.
  void stop();
  /// No thread of it answers anything: false between start() and stop(), and after that for as long
  /// as one waits for a disk that hangs. That one goes on to use what the server was given.
  bool ended() const;
  /// The port in use; 0 on a unix socket or when not started.
  std::uint16_t port() const;

 private:
  class Running;

  Serving serving_;
  Knowing knows_;
  Counting counting_;
  const Bounds bounds_;
  std::unique_ptr<Running> running_;
};

}  // namespace seed::rpc
