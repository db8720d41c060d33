// Reactor: the thread under the HTTP server that accepts clients and waits for all of them at once
// (epoll), so that one that is idle or slow costs a descriptor and no thread (docs/adr/0018).
//
//   accepted --> parked --a request is there--> served by others --give_back()--> parked --> closed
//
// Bounds: limits::http_connections_max connections, of them http_connections_per_address_max of one
// address and http_strangers_max of addresses that may not ask; who comes when there are as many
// takes the place of one that is idle, the one that was longest, or else of one that has not asked
// anything yet. If there is none, it is closed. http_unsent_bytes_max wait to be sent. What one
// turn does for a connection is bounded, and so are the handshakes of a turn, so that these cost
// others no time.
//
// Want of memory costs the connection that it is wanted for, and no other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "rpc/http/acceptor.h"
#include "rpc/http/link.h"

namespace seed::rpc {

class Reactor {
 public:
  using Clock = HttpLink::Clock;

  /// What it asks of others, on its thread.
  struct Callbacks {
    /// A request waits for its answer; the link is the callee's until it is given back. False, or
    /// an exception: it was not taken.
    std::function<bool(HttpLink&)> asked;
    /// Whether clients of that address may ask anything; "" is a unix socket.
    std::function<bool(std::string_view address)> knows;
    /// How octets come and go on a socket.
    std::function<std::unique_ptr<Transport>(int socket)> transport;
    /// Whether as many connections of that address as it likes may come: this machine's.
    std::function<bool(const IpAddress& address)> near = [](const IpAddress& address) {
      return address.is_unspecified() || address.is_loopback();
    };
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
  void give_back(HttpLink& link, HttpLink::Next next) noexcept;
  /// Takes no more, and lets go of those that have asked nothing.
  void close();
  /// After close(): what is still sent may go on until then. What was not given back stays; it is
  /// to be before this object goes. May be called twice.
  void end(Clock::time_point at_latest);

  std::uint16_t port() const { return acceptor_.port(); }

 private:
  using Links = std::unordered_map<std::uint64_t, std::unique_ptr<HttpLink>>;

  /// Under the mutex: what is so of a link that is given back.
  struct State {
    bool parked;
    HttpLink::Next next;
  };

  void run();
  int timeout_ms(Clock::time_point now) const;
  void listen_again(bool listens);
  void accept_clients();
  std::expected<Accepted, int> accept_one() const;
  void take(Accepted accepted);
  bool make_place(const IpAddress& address);
  bool evict(const IpAddress* address);
  void on_event(std::uint64_t id);
  void shake_hands();
  void take_back();
  HttpLink::Next go_on(HttpLink& link, Clock::time_point now, bool late);
  void move_on(HttpLink& link, HttpLink::Next next);
  void sweep(Clock::time_point now);
  void note_parked();
  void bound_unsent();
  void let_go();
  void remove(std::uint64_t id);
  void list(HttpLink& link);
  void unlist(HttpLink& link);
  State state_of(HttpLink& link) const;
  bool is_parked(const HttpLink& link) const;
  void arm(HttpLink& link) const;
  void disarm(HttpLink& link) const;
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
  std::vector<HttpLink*> parked_;         ///< when last noted; with room for all
  std::deque<std::uint64_t> handshakes_;  ///< that can go on
  std::size_t strangers_ = 0;
  std::uint64_t last_id_ = 0;
  bool paused_ = false;  ///< accepting, for want of descriptors or memory
  Clock::time_point accept_from_{};
  Clock::time_point sweep_at_{};

  std::atomic<bool> closing_ = false;
  std::atomic<bool> ending_ = false;
  std::atomic<Clock::rep> end_at_ = 0;
  mutable std::mutex mutex_;        ///< guards HttpLink::kept where it says so, and what follows
  HttpLink* given_back_ = nullptr;  ///< the last; the others are behind it
};

}  // namespace seed::rpc
