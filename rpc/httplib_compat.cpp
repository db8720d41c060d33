#include "rpc/httplib_compat.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/limits.h"

namespace seed::rpc {

namespace {

struct Name {
  std::string address;  ///< "" on a unix socket
  int port = 0;
};

Name name_of(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = {};
  if (from.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return {text, ntohs(v6.sin6_port)};
  }
  return {};
}

template <typename Ask>
Name ask_name(socket_t sock, Ask ask) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (ask(sock, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return name_of(address);
}

/// A connected socket with a buffer for reading. Waits with poll(), so any descriptor will do.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(socket_t sock, const std::atomic<bool>& stopping)
      : sock_(sock),
        stopping_(stopping),
        remote_(ask_name(sock, ::getpeername)),
        local_(ask_name(sock, ::getsockname)) {}

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

  const Name& remote() const { return remote_; }
  const Name& local() const { return local_; }

 private:
  /// Up to stall_ms_max; not so long when the server stops.
  bool wait_patiently(short events) const {
    for (int waited = 0; waited < stall_ms_max; waited += look_up_ms) {
      if (wait(events, look_up_ms)) return true;
      if (stopping_) return false;
    }
    return false;
  }

  socket_t sock_;
  const std::atomic<bool>& stopping_;
  Name remote_;
  Name local_;
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

struct HttpListener::Connection {
  SocketStream stream;
  bool close = false;
};

HttpListener::HttpListener(std::size_t threads) {
  new_task_queue = [this, threads] { return new HttpThreads(threads, waiting_); };
}

void HttpListener::serve_all(Handler handler) {
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

bool HttpListener::serve_next(Connection& connection) {
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
      process(*this, &HttpListener::process_request, connection.stream, closed, setup);
  return written && understood && !closed && !connection.close;
}

bool HttpListener::process_and_close_socket(socket_t sock) {
  const int on = 1;
  ::setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(sock, F_SETFD, FD_CLOEXEC);
  Connection connection{SocketStream(sock, stopping_)};
  const auto ready = [&] {
    for (int idle = 0; idle < idle_ms_max; idle += look_up_ms) {
      if (connection.stream.has_input() || connection.stream.wait(POLLIN, look_up_ms)) return true;
      if (stopping_ || waiting_ > 0) return false;
    }
    return false;
  };
  while (!stopping_ && ready() && serve_next(connection)) continue;
  // What was not read would turn the close into a reset, and the answer might be lost with it.
  ::shutdown(sock, SHUT_WR);
  std::array<char, 4096> rest;
  for (int reads = 0; reads < 256 && connection.stream.wait(POLLIN, look_up_ms); ++reads)
    if (::recv(sock, rest.data(), rest.size(), 0) <= 0) break;
  ::close(sock);
  return true;
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
