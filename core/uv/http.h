// Http: libcurl's multi interface on the loop. At most limits::http_exchanges_max exchanges of
// get() and http_streamed_max of open() at once, the rest wait in line; connections are
// kept alive between them.
//
//   get, open -> waiting -> running -> finished -> answered, at the end of a turn
//                   ^  \--> looking up --^  |
//                   +------ led on ---------+      while the uplink names an interface
//
// No owner is called from within libcurl, so that each may cancel whatever it likes: what comes is
// held for a moment, and while its owner has no room, libcurl reads no more.
//
// libcurl looks names up, and follows redirects to others, by sockets that nobody can hold: while
// an interface is named, names are the Resolver's, and each redirect is an exchange of its own.
// What is cut ends, and no connection of before is used again. While nothing can go out, as without
// a bind address that this host has, nothing is asked: Fault cut_off.
#pragma once

#include <curl/curl.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/base/limits.h"
#include "core/base/public_address.h"
#include "core/io/http.h"
#include "core/io/resolver.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

namespace seed::uv {

class HttpCall;
class HttpSockets;

/// Which addresses are fetched from while private ones are not allowed.
using AddressFilter = bool (*)(const IpAddress& address);

/// Connections kept for later.
inline constexpr long http_connections_kept = 64;

/// Exchanges of open() under way at once: as many as of get(), which must not wait for what may
/// take hours. Each holds 200 KiB at most. Beyond: they wait in line.
inline constexpr std::size_t http_streamed_max = 32;

/// What an Http is held to, and who finds names for it while an interface is named.
struct HttpUplink {
  Uplink* uplink = nullptr;
  io::Resolver* resolver = nullptr;
};

class Http final : public io::Http {
 public:
  /// `ca_bundle`: the file of the certificates that HTTPS servers are judged by (PEM); empty: the
  /// system's. `filter`: another one is for tests, which have loopback alone.
  explicit Http(Loop& loop, std::string ca_bundle = {}, AddressFilter filter = &is_public,
                HttpUplink uplink = {});
  ~Http() override;

  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override;
  HttpCallId open(io::HttpRequest request, io::HttpStreamOwner& owner) override;
  void resume(HttpCallId id) override;
  void cancel(HttpCallId id) override;

 private:
  /// Exchanges that share places, and those that wait for one.
  struct Line {
    std::size_t places = 0;
    std::size_t running = 0;
    std::deque<HttpCallId> waiting{};
  };
  struct Exchange {
    std::unique_ptr<HttpCall> call{};
    Line* line = nullptr;
    Answer<io::HttpReply> answer{};        ///< of get()
    io::HttpStreamOwner* owner = nullptr;  ///< of open()
    bool running = false;                  ///< libcurl has it
    std::optional<LookupId> lookup{};
    std::optional<Result<io::HttpReply>> result{};
  };
  struct Socket;

  static int on_socket(CURL* easy, curl_socket_t descriptor, int what, void* self,
                       void* socket) noexcept;
  static int on_timeout(CURLM* multi, long milliseconds, void* self) noexcept;
  static void on_timer(uv_timer_t* timer) noexcept;
  static void on_ready(uv_poll_t* poll, int status, int events) noexcept;
  static void on_turn(void* self);
  static void on_cut(void* self);
  void watch(curl_socket_t descriptor, int what, Socket* socket);
  void act(curl_socket_t descriptor, int events);
  void collect();
  void open_multi();
  void close_multi();
  void drop_all();
  HttpCallId add(io::HttpRequest request, Exchange exchange);
  void start_some(Line& line);
  void look_up(HttpCallId id, Exchange& exchange);
  void start(HttpCallId id, const std::vector<IpAddress>* addresses);
  bool bound() const { return uplink_.uplink != nullptr && uplink_.uplink->names_interface(); }
  void tie();
  void finish(HttpCallId id, Result<io::HttpReply> result);
  void answer_finished();
  void hand_over_all();
  void hand_over(HttpCallId id);
  bool hand_over_held(HttpCallId id);

  Loop& loop_;
  TurnTask task_;
  std::string ca_bundle_;
  AddressFilter filter_;
  HttpUplink uplink_;
  SlotMap<Exchange, HttpCallTag> exchanges_;
  Line whole_{limits::http_exchanges_max};
  Line streamed_{http_streamed_max};
  std::vector<HttpCallId> finished_;
  std::vector<HttpCallId> stirred_;  ///< of open(): something is to be handed over
  std::unique_ptr<HttpSockets> made_;
  Handle<Http, uv_timer_t> timer_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  CURLM* multi_ = nullptr;
  UplinkTie tie_v4_;
  UplinkTie tie_v6_;
  bool was_cut_ = false;
};

}  // namespace seed::uv
