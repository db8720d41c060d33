#include "rpc/http/reactor.h"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "rpc/http/socket_transport.h"
#include "tests/adapters/rpc/http/support.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

bool everybody(std::string_view) { return true; }

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// A socket whose handshakes take as long as `shake` does.
class SlowToShake final : public Transport {
 public:
  SlowToShake(int socket, std::function<void()> shake) : plain_(socket), shake_(std::move(shake)) {}
  IoNeed hand_shake() override {
    shake_();
    return IoNeed::nothing;
  }
  Moved receive(char* to, std::size_t size) override { return plain_.receive(to, size); }
  Moved send(std::string_view from) override { return plain_.send(from); }
  std::size_t come() const override { return plain_.come(); }
  void finish() override { plain_.finish(); }

 private:
  SocketTransport plain_;
  const std::function<void()> shake_;
};

}  // namespace

TEST_CASE("a refusal does not wait for the body, and a stranger's that dribbles keeps no thread") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  Fronted running(settings);
  const auto begin = std::chrono::steady_clock::now();
  Client client(running.server.port());
  CHECK(client
            .ask("POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                 "1000\r\n\r\n")
            .starts_with("HTTP/1.1 401"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  std::promise<void> ended;
  std::thread trickle([&client, end = ended.get_future()] {
    while (end.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout)
      client.send("a");
  });
  CHECK(client.at_end());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  ended.set_value();
  trickle.join();
}

TEST_CASE("a target may name the server") {
  Fronted running;
  for (const std::string target :
       {"http://localhost/rpc", "HTTP://localhost:9091/rpc?x=1", "http://[::1]:1/rpc"}) {
    Client client(running.server.port());
    CAPTURE(target);
    CHECK(client.ask(post(target, "{}")).starts_with("HTTP/1.1 200"));
  }
  Client client(running.server.port());
  CHECK(has(client.ask("GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            "Location: /transmission/web/\r\n"));
}

TEST_CASE("who is not let in and asks on and on keeps no thread from those who wait") {
  const auto refuse = [](HttpExchange&) {
    HttpAnswer out;
    out.status = 401;
    out.content_type = "text/plain";
    out.body = "who are you?";
    return out;
  };
  HttpServer server(refuse, everybody, {.threads_max = 2});
  REQUIRE(server.start({"127.0.0.1", 0}));
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::atomic<bool> over = false;
  std::atomic<int> busy = 0;
  std::array greedy{Client(server.port()), Client(server.port())};
  std::vector<std::thread> asking;
  for (Client& one : greedy)
    asking.emplace_back([&] {
      one.send(request + request);
      bool answered = false;
      while (!over && !one.answer().empty() && one.send(request))
        busy += std::exchange(answered, true) ? 0 : 1;
    });
  while (busy < 2) std::this_thread::yield();
  Client client(server.port());
  client.send(request);
  const bool in_time = client.has_input(5000);
  over = true;
  CHECK(in_time);
  for (auto& thread : asking) thread.join();
}

TEST_CASE("a connection ends after as many requests as clients are told") {
  Running running;
  Client client(running.server.port());
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t i = 1; i < limits::http_requests_max; ++i)
    REQUIRE(has(client.ask(request), "Keep-Alive: timeout=10, max=1000\r\n"));
  CHECK(has(client.ask(request), "Connection: close\r\n"));
  CHECK(client.at_end());
}

TEST_CASE("who sends an octet now and then keeps no thread, in a head or in a body") {
  HttpServer server(echo, everybody, {.threads_max = 1});
  REQUIRE(server.start({"127.0.0.1", 0}));
  std::vector<std::unique_ptr<Client>> slow;
  for (const std::string begin : {"P", "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nab",
                                  "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nab",
                                  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n"})
    for (int i = 0; i < 10; ++i) {
      slow.push_back(std::make_unique<Client>(server.port()));
      slow.back()->send(begin);
    }
  Client client(server.port());
  for (int i = 0; i < 10; ++i) {
    for (auto& one : slow) one->send("a");
    CHECK(has(client.ask(get), "HTTP/1.1 200"));
  }
}

TEST_CASE("who does not take an answer keeps no thread, and takes it in the end") {
  const std::string large(20'000'000, 'x');
  HttpServer server(
      [&](HttpExchange& exchange) {
        HttpAnswer out = echo(exchange);
        if (exchange.path() == "/large") out.body = large;
        return out;
      },
      everybody, {.threads_max = 1});
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client slow(server.port());
  slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n" + get);
  REQUIRE(slow.has_input(5000));
  Client client(server.port());
  CHECK(has(client.ask(get), "HTTP/1.1 200"));
  slow.read_to("\r\n\r\n");
  CHECK(slow.take(large.size()) == large);
  CHECK(has(slow.answer(), "GET / 127.0.0.1"));
}

TEST_CASE("what nobody takes is bounded: who has waited longest is cut off") {
  const std::string large(20'000'000, 'x');
  const auto answer = [&](HttpExchange&) { return HttpAnswer{200, "text/plain", large, {}}; };
  HttpServer server(answer, everybody, {.connections = {.unsent_bytes_max = 30'000'000}});
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client first(server.port());
  first.send(get);
  REQUIRE(first.has_input(5000));
  Client second(server.port());
  second.send(get);
  REQUIRE(second.has_input(5000));
  // Deadlines and bounds are looked at a few times a second.
  Client::pause(1000);
  CHECK(first.take(2 * large.size()).size() < large.size());
  second.read_to("\r\n\r\n");
  CHECK(second.take(large.size()) == large);
}

TEST_CASE("when there are too many, the one that has been idle for longest gives way") {
  HttpServer server(echo, everybody, {.connections = {.connections_max = 4}});
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client asks(server.port());
  asks.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
  CHECK(has(asks.read_to("\r\n\r\n"), "100 Continue"));
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<Client>(server.port()));
    CHECK(has(idle.back()->ask(get), "HTTP/1.1 200"));
    Client::pause(20);
  }
  CHECK(idle[0]->at_end());
  for (int i = 1; i < 4; ++i)
    CHECK(has(idle[static_cast<std::size_t>(i)]->ask(get), "HTTP/1.1 200"));
  asks.send(std::string(100, 'x'));
  CHECK(has(asks.answer(), "100:xxx"));
}

TEST_CASE("what has come while another had the link is not asked about again when it ends") {
  HttpRooms rooms;
  std::promise<HttpLink*> asked;
  std::atomic<int> times = 0;
  std::atomic<int> known = 0;
  std::promise<void> second_came;
  std::promise<void> go;
  const auto take = [&](HttpLink& link) {
    if (++times == 1) asked.set_value(&link);
    return true;
  };
  const auto knows = [&](std::string_view) {
    if (++known == 2) {
      second_came.set_value();
      go.get_future().wait();
    }
    return true;
  };
  const auto plain = [](int socket) { return std::make_unique<SocketTransport>(socket); };
  Reactor reactor({.asked = take, .knows = knows, .transport = plain}, rooms, {});
  REQUIRE(reactor.start({"127.0.0.1", 0}));
  Client client(reactor.port());
  // It is asked about because it is late, not because something came.
  client.send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab");
  HttpLink& link = *asked.get_future().get();
  HttpAnswer answer;
  answer.stream = [](AnswerStream&) {};
  link.conversation().answer(std::move(answer), {});
  // All of it is there when the reactor looks again.
  Client other(reactor.port());
  second_came.get_future().wait();
  client.send("c");
  reactor.give_back(link, HttpLink::Next::ended);
  go.set_value();
  CHECK(client.at_end());
  CHECK(times == 1);
}

TEST_CASE("handshakes keep a request waiting no longer than one turn's share of them") {
  HttpRooms rooms;
  constexpr int strangers = 40;
  std::atomic<int> accepted = 0;
  std::atomic<int> shaken = 0;
  std::atomic<int> shaken_before = -1;  // the request
  std::promise<void> begun;
  std::promise<void> go;
  const auto shake = [&] {
    const int now = ++shaken;
    if (now == 2) {
      begun.set_value();
      go.get_future().wait();
    }
    // Longer than a turn has for them.
    if (now > 1) Client::pause(10);
  };
  Reactor* its = nullptr;
  int asked = 0;
  const auto serve = [&](HttpLink& link) {
    if (++asked == 2) shaken_before = shaken.load();
    link.conversation().answer({200, "text/plain", "ok", {}}, {});
    its->give_back(link, link.advance(HttpLink::Clock::now()));
    return true;
  };
  const auto slow = [&](int socket) {
    ++accepted;
    return std::make_unique<SlowToShake>(socket, shake);
  };
  Reactor reactor({.asked = serve, .knows = everybody, .transport = slow}, rooms, {});
  its = &reactor;
  REQUIRE(reactor.start({"127.0.0.1", 0}));
  Client client(reactor.port());
  CHECK(has(client.ask(get), "ok"));
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < strangers; ++i) others.push_back(std::make_unique<Client>(reactor.port()));
  while (accepted <= strangers) std::this_thread::yield();
  others[0]->send("x");
  begun.get_future().wait();
  // All of this is there when the reactor looks again, and the request last.
  for (int i = 1; i < strangers; ++i) others[static_cast<std::size_t>(i)]->send("x");
  client.send(get);
  go.set_value();
  CHECK(has(client.answer(), "ok"));
  CHECK(shaken_before <= 3);
}

TEST_CASE("a link that is not taken is closed") {
  HttpRooms rooms;
  const auto plain = [](int socket) { return std::make_unique<SocketTransport>(socket); };
  const auto refuse = [](HttpLink&) { return false; };
  Reactor reactor({.asked = refuse, .knows = everybody, .transport = plain}, rooms, {});
  REQUIRE(reactor.start({"127.0.0.1", 0}));
  Client client(reactor.port());
  client.send(get);
  CHECK(client.at_end());
}

TEST_CASE("one address has no more connections than it may; its idle ones give way") {
  HttpRooms rooms;
  Reactor* its = nullptr;
  const auto serve = [&](HttpLink& link) {
    link.conversation().answer({200, "text/plain", "ok", {}}, {});
    its->give_back(link, link.advance(HttpLink::Clock::now()));
    return true;
  };
  const auto plain = [](int socket) { return std::make_unique<SocketTransport>(socket); };
  const auto nobody = [](const IpAddress&) { return false; };
  Reactor reactor({.asked = serve, .knows = everybody, .transport = plain, .near = nobody}, rooms,
                  {.connections_per_address_max = 2});
  its = &reactor;
  REQUIRE(reactor.start({"127.0.0.1", 0}));
  Client idle(reactor.port());
  CHECK(has(idle.ask(get), "ok"));
  Client wanted(reactor.port());
  CHECK(has(wanted.ask(get), "ok"));
  // Another address is not counted with them.
  Client elsewhere(reactor.port(), [] {}, "127.0.0.2");
  CHECK(has(elsewhere.ask(get), "ok"));
  CHECK(has(idle.ask(get), "ok"));
  CHECK(has(wanted.ask(get), "ok"));
  Client third(reactor.port());
  CHECK(has(third.ask(get), "ok"));
  CHECK(idle.at_end());
  CHECK(has(wanted.ask(get), "ok"));
  CHECK(has(elsewhere.ask(get), "ok"));
}

TEST_CASE("who may not ask and does not read that gives way to who comes") {
  const auto refuse = [](HttpExchange& exchange) {
    HttpAnswer out{401, "text/plain", std::string(20'000'000, 'x'), {}};
    if (exchange.path() == "/") out = {200, "text/plain", "ok", {}};
    return out;
  };
  HttpServer server(refuse, everybody, {.connections = {.connections_max = 4}});
  REQUIRE(server.start({"127.0.0.1", 0}));
  std::vector<std::unique_ptr<Client>> deaf;
  for (int i = 0; i < 4; ++i) {
    deaf.push_back(std::make_unique<Client>(server.port()));
    deaf.back()->send("GET /deaf HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(deaf.back()->has_input(5000));
  }
  // What was accepted while all were still with their threads is closed.
  const auto answered = [&] {
    Client client(server.port());
    return has(client.ask(get), "ok");
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool in_time = false;
  while (!in_time && std::chrono::steady_clock::now() < until) in_time = answered();
  CHECK(in_time);
}

TEST_CASE("each answer that is given is counted, and once") {
  std::mutex mutex;
  std::vector<int> counted;
  HttpServer server(echo, everybody, HttpServer::Bounds(), [&](int status) {
    const std::lock_guard lock(mutex);
    counted.push_back(status);
  });
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(has(client.read_to("\r\n\r\n"), "100"));
  CHECK(has(client.ask("ok"), "2:ok"));
  CHECK(has(client.ask(post("/refuse", "{}")), "HTTP/1.1 409"));
  server.stop();
  CHECK(counted == std::vector<int>{200, 409});
}

TEST_CASE("stopping does not wait for a thread that hangs") {
  std::promise<void> hangs;
  std::promise<void> disk;
  HttpServer server([&](HttpExchange& exchange) {
    hangs.set_value();
    disk.get_future().wait();
    return echo(exchange);
  });
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client client(server.port());
  client.send(get);
  hangs.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  CHECK_FALSE(server.ended());
  disk.set_value();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!server.ended() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(server.ended());
}

TEST_CASE("stopping does not wait for who has asked and has no thread yet") {
  std::promise<void> asked;
  std::promise<void> go;
  HttpServer server(
      [&](HttpExchange& exchange) {
        if (exchange.path() == "/first") {
          asked.set_value();
          go.get_future().wait();
        }
        return echo(exchange);
      },
      everybody, {.threads_max = 1});
  REQUIRE(server.start({"127.0.0.1", 0}));
  Client first(server.port());
  first.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.get_future().wait();
  Client second(server.port());
  second.send(get);
  Client::pause(100);
  std::thread stopping([&] {
    Client::pause(50);
    go.set_value();
  });
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < limits::stop_calls_max);
  stopping.join();
  CHECK(second.at_end());
}
