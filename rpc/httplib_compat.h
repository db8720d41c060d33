// The part of cpp-httplib that seedd uses, made the same for 0.11 (Debian 12) and 0.18 (Debian 13).
//
// httplib accepts, parses requests and writes answers. The connections are ours, because its own
// - answer 500 on descriptors above 1023, which a BitTorrent daemon has (select);
// - look a hundred times a second whether an idle client has said something;
// - read what is left of a refused body as the next request.
#pragma once

#include <httplib.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace seed::rpc {

/// TaskQueue::enqueue() gives nothing in 0.11 and a bool in 0.18.
using EnqueueResult =
    decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>()));

/// How often a connection looks whether the server stops or somebody waits for its thread.
inline constexpr int look_up_ms = 250;
/// An idle connection is closed after this long: web pages ask again every few seconds.
inline constexpr int idle_ms_max = 10'000;
/// Requests on one connection, as clients are told; more are served all the same.
inline constexpr std::size_t told_requests_max = 1000;
/// A client that sends or takes nothing for this long is cut off.
inline constexpr int stall_ms_max = 15'000;
/// A refused body up to this size is read and thrown away, so that the connection can stay.
inline constexpr std::uint64_t drained_bytes_max = 1u << 20;
/// Request line and headers together; the library bounds each line only once it has it all.
inline constexpr std::uint64_t head_bytes_max = 64 * 1024;
/// Connections waiting to be accepted; SOMAXCONN of older systems.
inline constexpr int backlog = 128;

/// Threads that serve connections, one at a time each.
class HttpThreads final : public httplib::TaskQueue {
 public:
  HttpThreads(std::size_t count, std::atomic<int>& waiting) : pool_(count), waiting_(waiting) {}

  EnqueueResult enqueue(std::function<void()> work) override {
    ++waiting_;
    return pool_.enqueue([this, work = std::move(work)] {
      --waiting_;
      work();
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  httplib::ThreadPool pool_;
  std::atomic<int>& waiting_;
};

/// A server whose connections are ours. Of a POST the handler reads the body; of all else the
/// pre-routing handler gives the answer.
class HttpListener final : public httplib::Server {
 public:
  explicit HttpListener(std::size_t threads);

  using Handler = std::function<void(const httplib::Request&, httplib::Response&,
                                     const httplib::ContentReader*)>;
  /// Every request comes here; `Request::target` is what was asked for.
  void serve_all(Handler handler);
  /// Connections end as soon as what they are doing is answered.
  void end_connections() { stopping_ = true; }

 private:
  struct Connection;

  bool process_and_close_socket(socket_t sock) override;
  bool serve_next(Connection& connection);

  std::atomic<bool> stopping_ = false;
  std::atomic<int> waiting_ = 0;  ///< accepted and without a thread
};

/// From a handler: the connection ends after this answer.
void close_after(const httplib::Request& request);

/// Whether the request has a body, read or not.
bool has_body(const httplib::Request& request);

}  // namespace seed::rpc
