// BoundLookup: one name looked up by c-ares, over sockets that are held to the uplink; for
// getaddrinfo opens sockets of its own, which nobody can hold.
//
//   a thread: /etc/hosts, resolv.conf --> on the loop: queries of each name server in turn --> told
//
// Whom it asks: the wish's name servers, else those of /etc/resolv.conf. If these are this host's
// own, as systemd-resolved's, which would ask over any interface: those that systemd-resolved asks.
// Bounds: `query_timeout` doubling, `query_tries` for each name server. The files are read on a
// thread of libuv's pool, the network is never waited for there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

struct ares_addrinfo;

namespace seed::uv {

inline constexpr Duration query_timeout = 2s;
inline constexpr int query_tries = 3;

/// All name servers that the text of a resolv.conf names are this host, or it names none.
bool asks_this_host(std::string_view resolv_conf);

class BoundLookup {
 public:
  using Done = std::move_only_function<void(Result<std::vector<IpAddress>>)>;

  /// `done` is called once, on the loop, and may destroy this; not after it is destroyed.
  BoundLookup(Loop& loop, Uplink& uplink, std::string host, Done done);
  ~BoundLookup();
  BoundLookup(const BoundLookup&) = delete;
  BoundLookup& operator=(const BoundLookup&) = delete;

 private:
  struct Channel;
  struct Reading;
  struct Socket;

  static void on_read(uv_work_t* work) noexcept;
  static void on_have_read(uv_work_t* work, int status) noexcept;
  static void on_ready(uv_poll_t* poll, int status, int events) noexcept;
  static void on_timer(uv_timer_t* timer) noexcept;
  static void on_found(void* self, int status, int timeouts, ares_addrinfo* found);
  void ask();
  void watch(int descriptor, bool readable, bool writable);
  void act(int readable, int writable);
  void arm();
  void finish(Result<std::vector<IpAddress>> result);

  Loop& loop_;
  Uplink& uplink_;
  std::string host_;
  Done done_;
  Reading* reading_ = nullptr;
  Handle<BoundLookup, uv_timer_t> timer_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::unique_ptr<Channel> channel_;
  std::optional<Result<std::vector<IpAddress>>> found_;
};

}  // namespace seed::uv
