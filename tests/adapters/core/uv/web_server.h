// Server: a web server of a few scripted answers, on the test's own loop.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/io/http.h"
#include "core/uv/net.h"
#include "tests/adapters/core/uv/support.h"

namespace seed::uv::test {

class Server final : io::ListenerOwner {
 public:
  struct Connection final : io::StreamOwner {
    Server& server;
    std::unique_ptr<io::Stream> stream;
    std::string request;
    bool over = false;
    std::size_t sent = 0;
    explicit Connection(Server& of) : server(of) {}
    void on_connected() override {}
    std::size_t may_read() override { return 65536; }
    void on_bytes(MutableBytes bytes) override {
      request += as_text(bytes);
      const auto end = request.find("\r\n\r\n");
      if (end == std::string::npos) return;
      const std::string whole = request.substr(0, end + 4);
      request.erase(0, end + 4);
      server.requests.push_back(whole);
      const std::string path = whole.substr(4, whole.find(' ', 4) - 4);
      const auto answer = server.answers.find(path);
      if (answer == server.answers.end()) return;  // hangs
      stream->write(queue_of(answer->second));
      if (answer->second.find("Content-Length") == std::string::npos) stream.reset();
    }
    void on_sent(std::size_t count) override { sent += count; }
    void on_end(const Fault&) override { over = true; }
  };

  Server(Loop& loop, const Endpoint& at = loopback()) : net_(loop) {
    auto listening = net_.listen(at, *this);
    REQUIRE(listening);
    listener_ = *std::move(listening);
  }
  std::string url(std::string_view path) const {
    return "http://" + listener_->local().to_string() + std::string(path);
  }
  void answer(std::string path, std::string_view head, std::string_view body = "") {
    answers[std::move(path)] =
        fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", head, body.size(), body);
  }

  std::map<std::string, std::string> answers;
  std::vector<std::string> requests;
  std::vector<std::unique_ptr<Connection>> connections;

 private:
  void on_accept(std::unique_ptr<io::Stream> stream) override {
    auto& connection = *connections.emplace_back(std::make_unique<Connection>(*this));
    connection.stream = std::move(stream);
    connection.stream->set_owner(&connection);
  }
  void on_accept_fault(const Fault&) override {}
  Net net_;
  std::unique_ptr<io::Listener> listener_;
};

inline io::HttpRequest request_to(std::string url) {
  return {.url = std::move(url), .private_addresses_allowed = true};
}

inline bool any_address(const IpAddress&) { return true; }

}  // namespace seed::uv::test
