// The part of cpp-httplib that seedd uses, made the same for 0.11 (Debian 12) and 0.18 (Debian 13).
//
// httplib parses requests and writes answers. Accepting (rpc/acceptor.h) and the connections are
// ours: its accepting ends for good at a fault that passes, and its connections
// - answer 500 on descriptors above 1023, which a BitTorrent daemon has (select);
// - look a hundred times a second whether an idle client has said something;
// - read what is left of a refused body as the next request.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "rpc/acceptor.h"

namespace seed::rpc {

/// How often a connection looks whether the server stops or somebody waits for its thread.
inline constexpr int look_up_ms = 250;
/// An idle connection is closed after this long: web pages ask again every few seconds.
inline constexpr int idle_ms_max = 10'000;
/// Requests on one connection, as clients are told; more are served all the same.
inline constexpr std::size_t told_requests_max = 1000;
/// A client that sends or takes nothing for this long is cut off.
inline constexpr int stall_ms_max = 15'000;
/// What a client has, once the server stops, for the request it is in.
inline constexpr std::chrono::milliseconds ending_max{1000};
/// How long what a client still sends is read before its connection is closed.
inline constexpr std::chrono::milliseconds linger_max{2000};
/// A refused body up to this size is read and thrown away, so that the connection can stay.
inline constexpr std::uint64_t drained_bytes_max = 1u << 20;
/// Request line and headers together; the library bounds each line only once it has it all.
inline constexpr std::uint64_t head_bytes_max = 64 * 1024;

/// A server whose connections are ours. Of a POST the handler reads the body; of all else the
/// pre-routing handler gives the answer.
class HttpConnections final : public httplib::Server {
 public:
  /// As many threads, each with one connection at a time.
  explicit HttpConnections(std::size_t threads);
  ~HttpConnections() override;

  using Handler = std::function<void(const httplib::Request&, httplib::Response&,
                                     const httplib::ContentReader*)>;
  /// Every request comes here; `Request::target` is what was asked for.
  void serve_all(Handler handler);
  /// Serves a connected socket, which is this object's from now on, as soon as a thread is free.
  void serve(int sock, SocketName peer);
  /// Connections end as soon as what they are doing is answered; then the threads do. May be called
  /// twice.
  void end();

 private:
  struct Connection;

  void serve_now(int sock, SocketName peer);
  bool serve_next(Connection& connection);

  std::atomic<bool> stopping_ = false;
  std::atomic<int> waiting_ = 0;  ///< accepted and without a thread
  httplib::ThreadPool threads_;
};

/// From a handler: the connection ends after this answer.
void close_after(const httplib::Request& request);

/// Whether the request has a body, read or not.
bool has_body(const httplib::Request& request);

}  // namespace seed::rpc
