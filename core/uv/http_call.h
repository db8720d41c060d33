// HttpCall: one exchange as libcurl knows it: its request, its bounds, what has come of its reply.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/url.h"
#include "core/uv/http.h"
#include "core/uv/sockets.h"

namespace seed::uv {

/// All header lines of one exchange, redirects included. Beyond: Fault too_large.
inline constexpr std::size_t header_bytes_max = 64 * 1024;

/// Octets of a body that are kept for an owner who has no room, beside as many that libcurl has
/// read and as many that it keeps: four of its writes, so that pauses are few.
inline constexpr std::size_t held_bytes_max = 4 * CURL_MAX_WRITE_SIZE;

/// The sockets that libcurl has, in use or kept for later, each tied to the uplink from when it is
/// made until libcurl closes it. Pinned: libcurl holds its address.
class HttpSockets {
 public:
  /// `uplink`: as Net has it. `cut` is called for each that is cut, which is silent by then.
  HttpSockets(Uplink* uplink, void* context, UplinkTie::Cut cut)
      : uplink_(uplink), context_(context), cut_(cut) {}
  HttpSockets(const HttpSockets&) = delete;
  HttpSockets& operator=(const HttpSockets&) = delete;

  curl_socket_t add(Descriptor socket, const IpAddress& remote);
  /// CURLOPT_CLOSESOCKETFUNCTION
  static int on_close(void* self, curl_socket_t socket);

 private:
  struct Made {
    Made(HttpSockets& of, Descriptor made)
        : all(of), socket(std::move(made)), tie(this, &HttpSockets::on_cut) {}
    HttpSockets& all;
    Descriptor socket;
    UplinkTie tie;
  };
  static void on_cut(void* made);

  Uplink* uplink_;
  void* context_;
  UplinkTie::Cut cut_;
  std::vector<std::unique_ptr<Made>> made_;
};

/// Pinned: libcurl holds its address.
class HttpCall {
 public:
  HttpCall(io::HttpRequest request, AddressFilter filter)
      : request_(std::move(request)), filter_(filter) {}
  /// How Http knows it.
  HttpCallId id;
  /// Of open(): its id goes there when there is something to hand over. nullptr: of get().
  std::vector<HttpCallId>* stirred = nullptr;
  /// What its sockets are held to; nullptr: nothing.
  Uplink* uplink = nullptr;
  HttpSockets* sockets = nullptr;
  static HttpCall& of(CURL* easy);
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  /// Whose address is to be known, for `addresses`. Fault malformed: the URL names no host.
  Result<std::string> host() const;
  /// Makes the easy handle. `ca_bundle`: as Http has it. `addresses` are those of host(): no name
  /// is looked up, and no redirect followed; nullptr: libcurl does both. Fault malformed: a URL or
  /// header that cannot be sent.
  Result<void> prepare(const std::string& ca_bundle, const std::vector<IpAddress>* addresses);
  /// nullptr until prepare().
  CURL* easy() const { return easy_.get(); }
  /// What became of it; to be called once.
  Result<io::HttpReply> finish(CURLcode code);
  /// After finish(): the reply was a redirect to be followed, and this is that exchange now.
  bool led_on() const { return led_on_; }

  // --- of open()
  /// Once, when it is there.
  std::optional<io::HttpHead> take_head() { return std::exchange(head_, std::nullopt); }
  /// What has come of the body and was not taken yet.
  Buffer take_held() { return std::exchange(held_, {}); }
  /// What of it is not wanted yet.
  void put_back(Buffer held) { held_ = std::move(held); }
  /// Reads on when it has stopped for want of room. True: something was put into held.
  bool read_on();

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  /// To the compiler it is what CURL is.
  struct ShareCleanup {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
  };

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  static int on_connected(void* self, char* remote, char* local, int, int);

  Result<void> add_headers();
  Result<void> give_addresses(const Url& url, const std::vector<IpAddress>& addresses);
  Result<bool> follow(const char* to);
  bool streams() const { return stirred != nullptr; }
  bool decodes() const { return request_.decode && !streams(); }
  void set_bounds();
  void set_times();
  void set_connection();
  void set_proxy();
  bool may_open(const IpAddress& remote);
  bool may_ask(const IpAddress& remote, const IpAddress& local);
  bool may_ask_proxy();
  bool is_public_host(const std::string& host) const;
  void make_room(std::size_t bytes);
  std::size_t gather(Bytes part);
  std::size_t keep(Bytes part);
  void make_head();
  void note_header(std::string_view line);
  bool is_redirect() const;
  bool proxy_refuses() const;
  bool bind_source(int descriptor, const IpAddress& remote);
  bool from_source(const IpAddress& local) const;
  Fault fault_of(CURLcode code) const;

  /// Why no server was asked, of the addresses tried since the last connection.
  enum class Refusal : std::uint8_t { none, private_address, own_address };

  io::HttpRequest request_;
  AddressFilter filter_;
  std::unique_ptr<curl_slist, Cleanup> headers_;
  std::unique_ptr<curl_slist, Cleanup> names_;
  std::unique_ptr<CURLSH, ShareCleanup> share_;
  std::unique_ptr<CURL, Cleanup> easy_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  io::HttpReply reply_;
  io::HttpHead head_lines_;  ///< of the newest answer, redirects included
  std::optional<io::HttpHead> head_;
  Buffer held_;
  std::uint64_t body_bytes_ = 0;  ///< that have come
  bool head_made_ = false;
  bool paused_ = false;
  std::string host_;  ///< for faults: no more of the URL, which may hold a passkey
  std::size_t header_bytes_ = 0;
  bool body_too_large_ = false;
  bool header_too_large_ = false;
  bool compressed_transfer_ = false;
  Refusal refusal_ = Refusal::none;
  bool allowed_tried_ = false;  ///< one that is not refused, since the last connection
  bool wrong_source_ = false;
  bool own_redirects_ = false;
  bool led_on_ = false;
  std::optional<Instant> until_;  ///< all exchanges of one that is led on
  enum class Tied : bool { none, one };
  /// Of the addresses tried since the last connection: a socket was held to the interface, or why
  /// the last was not.
  std::variant<Tied, Fault> tied_ = Tied::none;
};

}  // namespace seed::uv
