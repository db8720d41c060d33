// Reactor: the thread under the HTTP server that accepts clients and waits for all of them at once
// (epoll), so that one that is idle or slow costs a descriptor and no thread (docs/adr/0018).
//
//   accepted --> parked --a request is there--> served by others --give_back()--> parked --> closed
//
// Bounds: limits::http_connections_max connections, of them http_connections_per_address_max of one
// address and http_strangers_max of addresses that may not ask; who comes when there are as many
// takes the place of one that is idle, the one that was longest, or else of one that has not asked
// anything yet. If there is none, it is closed. http_unsent_bytes_max wait to be sent.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "rpc/acceptor.h"
#include "rpc/http_link.h"

namespace seed::rpc {

class Reactor {
 public:
  using Clock = HttpLink::Clock;

  /// What it asks of others, on its thread.
  struct Callbacks {
    /// A request waits for its answer; the link is the callee's until it is given back.
    std::function<void(HttpLink&)> asked;
    /// Whether clients of that address may ask anything; "" is a unix socket.
    std::function<bool(std::string_view address)> knows;
    /// How octets come and go on a socket.
    std::function<std::unique_ptr<Transport>(int socket)> transport;
  };

  struct Bounds {
    std::size_t connections_max = limits::http_connections_max;
    std::size_t connections_per_address_max = limits::http_connections_per_address_max;
    std::size_t unsent_bytes_max = limits::http_unsent_bytes_max;
  };

  Reactor(Callbacks callbacks, HttpRooms& rooms, const Bounds& bounds);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Listens and serves from now on. The fault says which address and why.
  Result<void> start(const HttpBinding& binding);
  /// From any thread: who was asked has done what it could, and the link now waits for `next`.
  void give_back(HttpLink& link, HttpLink::Next next);
  /// Takes no more, and lets go of those that have asked nothing.
  void close();
  /// After close(), and when all are given back: what is still sent may go on until then.
  void end(Clock::time_point at_latest);

  std::uint16_t port() const { return acceptor_.port(); }

 private:
  using Links = std::unordered_map<std::uint64_t, std::unique_ptr<HttpLink>>;

  void run();
  int timeout_ms(Clock::time_point now) const;
  void listen_again(bool listens);
  void accept_clients();
  void take(Accepted accepted);
  bool make_place(const IpAddress& address);
  bool evict(const IpAddress* address);
  void on_event(std::uint64_t id);
  void take_back();
  HttpLink::Next go_on(HttpLink& link, Clock::time_point now, bool late);
  void move_on(HttpLink& link, HttpLink::Next next);
  void sweep(Clock::time_point now);
  void bound_unsent(std::vector<HttpLink*>& parked);
  void let_go();
  void remove(std::uint64_t id);
  bool is_parked(const HttpLink& link) const;
  void arm(const HttpLink& link) const;
  void wake() const;

  const Callbacks callbacks_;
  HttpRooms& rooms_;
  const Bounds bounds_;
  Acceptor acceptor_;
  int epoll_ = -1;
  int wake_ = -1;
  std::thread thread_;

  // The thread's own.
  Links links_;
  std::size_t strangers_ = 0;
  std::uint64_t last_id_ = 0;
  bool paused_ = false;  ///< accepting, for want of descriptors or memory
  Clock::time_point accept_from_{};
  Clock::time_point sweep_at_{};

  std::atomic<bool> closing_ = false;
  std::atomic<bool> ending_ = false;
  std::atomic<Clock::rep> end_at_ = 0;
  mutable std::mutex mutex_;  ///< guards HttpLink::kept where it says so, and what follows
  std::vector<std::uint64_t> given_back_;
};

}  // namespace seed::rpc
