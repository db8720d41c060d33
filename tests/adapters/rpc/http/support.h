// Clients and servers for tests of HTTP over loopback.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "rpc/front.h"
#include "rpc/http/server.h"
#include "tests/support/catch.h"

namespace seed::rpc {

/// A client's socket.
class Client {
 public:
  /// From that address of this machine, or any.
  explicit Client(
      std::uint16_t port, const std::function<void()>& before_connect = [] {},
      const char* from = nullptr)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (from != nullptr) {
      sockaddr_in own{};
      own.sin_family = AF_INET;
      REQUIRE(::inet_pton(AF_INET, from, &own.sin_addr) == 1);
      REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    }
    before_connect();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// False when nobody takes it any more.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Everything up to and with `end`, or up to the connection's end.
  std::string read_to(std::string_view end) {
    std::string out;
    char c = 0;
    while (!out.ends_with(end) && ::recv(fd_, &c, 1, 0) == 1) out += c;
    return out;
  }
  /// One answer: head and body.
  std::string answer() {
    std::string head = read_to("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == head.npos) return head;
    auto left = std::stoul(head.substr(at + 16));
    char c = 0;
    while (left-- > 0 && ::recv(fd_, &c, 1, 0) == 1) head += c;
    return head;
  }
  /// So many octets, or fewer when it ends.
  std::string take(std::size_t size) {
    std::string out(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const auto now = ::recv(fd_, out.data() + got, size - got, 0);
      if (now <= 0) break;
      got += static_cast<std::size_t>(now);
    }
    out.resize(got);
    return out;
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  /// Within that time.
  bool has_input(int timeout_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }
  /// Says nothing for that time.
  static void pause(int time_ms) { ::poll(nullptr, 0, time_ms); }
  void reset_at_close() {
    const linger none{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
  bool at_end() {
    char c = 0;
    return ::recv(fd_, &c, 1, 0) <= 0;
  }

 private:
  int fd_;
};

/// Says what it was asked; reads the body unless the path says otherwise.
inline HttpAnswer echo(HttpExchange& exchange) {
  HttpAnswer out;
  out.content_type = "text/x-echo";
  out.body = std::string(exchange.method()) + " " + std::string(exchange.path()) + " " +
             std::string(exchange.peer()) + " ";
  if (exchange.fault() != 0 || exchange.path() == "/refuse") {
    out.status = exchange.fault() != 0 ? exchange.fault() : 409;
    return out;
  }
  const auto body = exchange.read_body();
  if (!body) {
    out.status = body.error() == BodyFault::too_large ? 413 : 400;
    return out;
  }
  out.body += std::to_string(body->size()) + ":" + body->substr(0, 20);
  return out;
}

struct Running {
  HttpServer server;
  explicit Running(HttpServer::Serving serving = echo) : server(std::move(serving)) {
    const auto started = server.start({"127.0.0.1", 0});
    REQUIRE(started);
  }
};

/// With the front of the daemon, which answers calls with {}.
struct Fronted {
  Front front;
  HttpServer server{[this](HttpExchange& exchange) { return front.serve(exchange); }};
  explicit Fronted(const config::Settings& settings = {})
      : front({"/transmission/", std::string(48, 'a'), "0.1.0"}, settings,
              [](std::string_view, const Caller&) { return RpcAnswer{200, "{}"}; }) {
    REQUIRE(server.start({"127.0.0.1", 0}));
  }
};

inline std::string post(std::string_view path, std::string_view body,
                        std::string_view headers = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace seed::rpc
