// The part of cpp-httplib that seedd uses, made the same for 0.11 (Debian 12) and 0.18 (Debian 13).
//
// httplib parses the heads of requests and writes answers. Accepting (rpc/acceptor.h), the
// connections and the bodies are ours: its accepting ends for good at a fault that passes, its
// connections
// - answer 500 on descriptors above 1023, which a BitTorrent daemon has (select);
// - look a hundred times a second whether an idle client has said something;
// - read what is left of a refused body as the next request;
// and it takes heads and bodies that are not to be taken (rpc/request_head.h).
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/base/limits.h"
#include "rpc/acceptor.h"
#include "rpc/http_exchange.h"
#include "rpc/request_body.h"
#include "rpc/request_head.h"

namespace seed::rpc {

/// How often a connection looks whether the server stops or somebody waits for its thread.
inline constexpr int look_up_ms = 250;
/// An idle connection is closed after this long: web pages ask again every few seconds.
inline constexpr int idle_ms_max = 10'000;
/// Requests on one connection, as clients are told.
inline constexpr std::size_t told_requests_max = 1000;
/// A client that sends or takes nothing for this long is cut off.
inline constexpr int stall_ms_max = 15'000;
/// How long what a client still sends is read before its connection is closed: many send all before
/// they read, and a close would cost them the answer.
inline constexpr std::chrono::milliseconds linger_max{2000};
/// The same for clients that may ask, and may be on slow lines, as long as they do not stall: the
/// largest body at 2.5 Mbit/s. For limits::http_refused_max at once.
inline constexpr std::chrono::minutes patience_max{5};
/// A refused body up to this size is read and thrown away, so that the connection can stay: if it
/// has come already, or its client may ask.
inline constexpr std::uint64_t drained_bytes_max = 1u << 20;
/// A head that is not there after this long is not waited for: nobody has logged in yet.
inline constexpr std::chrono::milliseconds head_within{stall_ms_max};

/// Whether the server stops, and for how long what is under way may still take.
class Ending {
 public:
  using Clock = std::chrono::steady_clock;
  /// True for the first who calls it.
  bool begin() {
    until_ = (Clock::now() + limits::stop_calls_max).time_since_epoch().count();
    return !begun_.exchange(true);
  }
  bool begun() const { return begun_; }
  /// Who sends or takes an octet now and then would hold up the end for ever.
  bool over() const { return begun_ && Clock::now().time_since_epoch().count() >= until_; }

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<Clock::rep> until_ = 0;
};

/// What httplib does not know of a request.
class Incoming {
 public:
  virtual ~Incoming() = default;
  /// The status to refuse it with; 0 when its head is good.
  virtual int fault() const = 0;
  virtual const BodyFraming& framing() const = 0;
  /// Once.
  virtual std::optional<BodyFault> read_body(const BodySink& sink) = 0;
  /// The connection ends after the answer.
  virtual void close_after() = 0;
  /// The client may ask things, take its time to send what is not read, and have a thread though
  /// others wait for one.
  virtual void trust() = 0;
  /// Sends this head and then what `body` writes, and ends the connection. The library's answer is
  /// not sent.
  virtual void stream(const httplib::Response& head, bool chunked,
                      std::move_only_function<void(AnswerStream&)> body) = 0;
};

/// A server whose connections are ours. The pre-routing handler gives all answers.
class HttpConnections final : public httplib::Server {
 public:
  /// As many threads, each with one connection at a time.
  explicit HttpConnections(std::size_t threads);
  ~HttpConnections() override;

  using Handler = std::function<void(const httplib::Request&, httplib::Response&, Incoming&)>;
  /// Every request comes here; `Request::target` is what was asked for. So do those that cannot be
  /// read, or whose handler threw: then the `fault()` is all that is known of them.
  void serve_all(const Handler& handler);
  /// Serves a connected socket, which is this object's from now on, as soon as a thread is free.
  /// `stranger`: may not ask anything. Closed are strangers beyond limits::http_strangers_max, and
  /// whoever comes when limits::http_waiting_max wait.
  void serve(int sock, SocketName peer, bool stranger);
  /// Connections end as soon as what they are doing is answered; then the threads do. May be called
  /// twice.
  void end();

 private:
  class Connection;

  void serve_now(int sock, SocketName peer);
  bool serve_next(Connection& connection);
  static Connection* connection_of(const httplib::Request& request);

  Ending ending_;
  std::atomic<std::size_t> waiting_ = 0;    ///< accepted and without a thread
  std::atomic<std::size_t> strangers_ = 0;  ///< of all that are accepted
  std::atomic<std::size_t> refused_ = 0;    ///< whose clients take their time to send the rest
  httplib::ThreadPool threads_;
};

}  // namespace seed::rpc
