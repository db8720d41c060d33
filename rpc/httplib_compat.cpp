#include "rpc/httplib_compat.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "core/base/limits.h"

namespace seed::rpc {

namespace {

/// A connected socket with a buffer for reading. Waits with poll(), so any descriptor will do.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(int sock, SocketName remote, const Ending& ending)
      : sock_(sock), ending_(ending), remote_(std::move(remote)), local_(local_name(sock)) {}

  /// What may be read from here on; beyond, the client is cut off.
  void allow(std::uint64_t bytes) { allowance_ = bytes; }
  bool has_input() const { return begin_ < end_; }
  bool wait(short events, int timeout_ms) const {
    pollfd waiting{sock_, events, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }

  bool is_readable() const override { return has_input() || wait(POLLIN, 0); }
  bool is_writable() const override { return wait_patiently(POLLOUT); }

  ssize_t read(char* to, std::size_t size) override {
    if (!has_input()) {
      if (allowance_ == 0 || !wait_patiently(POLLIN)) return -1;
      const ssize_t got = ::recv(sock_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return got;
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const auto taken = static_cast<std::size_t>(
        std::min({std::uint64_t{size}, std::uint64_t{end_ - begin_}, allowance_}));
    if (taken == 0) return -1;
    allowance_ -= taken;
    std::memcpy(to, buffer_.data() + begin_, taken);
    begin_ += taken;
    return static_cast<ssize_t>(taken);
  }

  ssize_t write(const char* from, std::size_t size) override {
    std::size_t sent = 0;
    while (sent < size) {
      const ssize_t now = ::send(sock_, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (now > 0)
        sent += static_cast<std::size_t>(now);
      else if (errno == EAGAIN && wait_patiently(POLLOUT))
        continue;
      else if (errno != EINTR)
        return -1;
    }
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = remote_.address;
    port = remote_.port;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip = local_.address;
    port = local_.port;
  }
  /// Looked at only to refuse what select() cannot take.
  socket_t socket() const override { return 0; }

  const SocketName& remote() const { return remote_; }
  const SocketName& local() const { return local_; }

 private:
  /// Up to stall_ms_max; not so long when the server stops.
  bool wait_patiently(short events) const {
    for (int waited = 0; waited < stall_ms_max; waited += look_up_ms) {
      if (ending_.over()) return false;
      if (wait(events, look_up_ms)) return true;
      if (ending_.begun()) return false;
    }
    return false;
  }

  int sock_;
  const Ending& ending_;
  SocketName remote_;
  SocketName local_;
  std::array<char, 16 * 1024> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t allowance_ = 0;
};

/// Server::process_request() of 0.11.
template <typename Server, typename Setup>
bool process(Server& server,
             bool (httplib::Server::*request)(httplib::Stream&, bool, bool&,
                                              const std::function<void(httplib::Request&)>&),
             SocketStream& stream, bool& closed, const Setup& setup) {
  return (server.*request)(stream, false, closed, setup);
}

/// The same of 0.18, which is told the addresses.
template <typename Server, typename Setup>
bool process(Server& server,
             bool (httplib::Server::*request)(httplib::Stream&, const std::string&, int,
                                              const std::string&, int, bool, bool&,
                                              const std::function<void(httplib::Request&)>&),
             SocketStream& stream, bool& closed, const Setup& setup) {
  return (server.*request)(stream, stream.remote().address, stream.remote().port,
                           stream.local().address, stream.local().port, false, closed, setup);
}

}  // namespace

struct HttpConnections::Connection {
  SocketStream stream;
  bool close = false;
};

HttpConnections::HttpConnections(std::size_t threads) : threads_(threads) {}

HttpConnections::~HttpConnections() { end(); }

void HttpConnections::serve(int sock, SocketName peer, bool stranger) {
  if (waiting_ >= limits::http_waiting_max ||
      (stranger && strangers_ >= limits::http_strangers_max)) {
    ::close(sock);
    return;
  }
  ++waiting_;
  strangers_ += stranger ? 1 : 0;
  threads_.enqueue([this, sock, stranger, peer = std::move(peer)]() mutable {
    --waiting_;
    if (!ending_.begun()) serve_now(sock, std::move(peer));
    ::close(sock);
    strangers_ -= stranger ? 1 : 0;
  });
}

void HttpConnections::end() {
  if (ending_.begin()) threads_.shutdown();
}

void HttpConnections::serve_all(Handler handler) {
  set_pre_routing_handler([handler](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "POST") return HandlerResponse::Unhandled;
    if (has_body(request)) close_after(request);
    handler(request, response, nullptr);
    return HandlerResponse::Handled;
  });
  Post("/",
       [handler](const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& reader) { handler(request, response, &reader); });
}

bool HttpConnections::serve_next(Connection& connection) {
  bool closed = false;
  bool understood = false;
  connection.stream.allow(head_bytes_max);
  const std::function<void(httplib::Request&)> setup = [&](httplib::Request& request) {
    understood = true;
    // Chunks of one octet have five of frame.
    connection.stream.allow(6 * std::uint64_t{limits::http_body_bytes_max});
    // The library's routes are regular expressions over paths of any length: one will do. Ranges
    // are for files.
    request.path = "/";
    request.ranges.clear();
    // No type of body is anything but a body: a form would be taken apart.
    request.headers.erase("Content-Type");
    // A field for clients, by which the handler reaches its connection.
    request.response_handler = [&connection](const httplib::Response&) {
      connection.close = true;
      return true;
    };
  };
  const bool written =
      process(*this, &HttpConnections::process_request, connection.stream, closed, setup);
  return written && understood && !closed && !connection.close;
}

void HttpConnections::serve_now(int sock, SocketName peer) {
  Connection connection{SocketStream(sock, std::move(peer), ending_)};
  const auto ready = [&] {
    for (int idle = 0; idle < idle_ms_max; idle += look_up_ms) {
      if (connection.stream.has_input() || connection.stream.wait(POLLIN, look_up_ms)) return true;
      if (ending_.begun() || waiting_ > 0) return false;
    }
    return false;
  };
  while (!ending_.begun() && ready() && serve_next(connection)) continue;
  // What was not read would turn the close into a reset, and the answer might be lost with it.
  ::shutdown(sock, SHUT_WR);
  std::array<char, 4096> rest;
  const auto until = std::chrono::steady_clock::now() + linger_max;
  while (std::chrono::steady_clock::now() < until && !ending_.over() &&
         connection.stream.wait(POLLIN, look_up_ms))
    if (::recv(sock, rest.data(), rest.size(), 0) <= 0) break;
}

void close_after(const httplib::Request& request) {
  if (request.response_handler) request.response_handler({});
}

bool has_body(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) return true;
  const std::string length = request.get_header_value("Content-Length");
  return !length.empty() && length != "0";
}

}  // namespace seed::rpc
