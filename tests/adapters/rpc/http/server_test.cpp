#include "rpc/http/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "config/password.h"
#include "core/base/limits.h"
#include "tests/adapters/rpc/http/support.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("requests follow each other on one connection, refused ones too") {
  Running running;
  Client client(running.server.port());
  CHECK(has(client.ask(post("/refuse", "a body that nobody reads")), "HTTP/1.1 409"));
  CHECK(has(client.ask(post("/a?b=c", "{}")), "POST /a 127.0.0.1 2:{}"));
  CHECK(has(client.ask("GET /b HTTP/1.1\r\nHost: x\r\n\r\n"), "GET /b 127.0.0.1 0:"));
  client.send(post("/1", "x") + post("/2", "y"));
  CHECK(has(client.answer(), "POST /1"));
  CHECK(has(client.answer(), "POST /2"));
}

TEST_CASE("an answer has one length and one type") {
  Running running;
  Client client(running.server.port());
  const auto answer = client.ask(post("/a", "{}"));
  for (const std::string name : {"Content-Length:", "Content-Type:"}) {
    CHECK(has(answer, name));
    CHECK(answer.find(name) == answer.rfind(name));
  }
}

TEST_CASE("bodies of every type and framing are taken") {
  Running running;
  Client client(running.server.port());
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  CHECK(has(client.ask(post("/", std::string(100'000, 'x'), form)), "100000:xxx"));
  CHECK(has(client.ask(post("/", "{}", "Content-Type: multipart/form-data; boundary=b\r\n")),
            "2:{}"));
  CHECK(has(client.ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
            "5:abcde"));
  std::string chunks;
  for (int i = 0; i < 100; ++i) chunks += "1000\r\n" + std::string(4096, 'y') + "\r\n";
  CHECK(has(client.ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
                       "0\r\n\r\n"),
            "409600:yyy"));
  CHECK(has(client.ask("POST / HTTP/1.1\r\nHost: x\r\n\r\n"), "0:"));
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(has(client.read_to("\r\n\r\n"), "100"));
  CHECK(has(client.ask("ok"), "2:ok"));
}

TEST_CASE("all methods reach the front, and no path is special") {
  Running running;
  for (const std::string method : {"PUT", "DELETE", "OPTIONS", "PATCH"}) {
    Client client(running.server.port());
    CHECK(has(client.ask(method + " /x HTTP/1.1\r\nHost: x\r\n\r\n"), method + " /x"));
  }
  Client client(running.server.port());
  CHECK(has(client.ask("GET /" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
            "HTTP/1.1 200"));
  CHECK(has(client.ask("GET /a%0ab HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\n"),
            "GET /a%0ab 127.0.0.1 0:"));
}

TEST_CASE("a body that is too large is not waited for") {
  Running running;
  Client client(running.server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
  CHECK(has(client.answer(), "HTTP/1.1 413"));
  CHECK(client.at_end());
}

TEST_CASE("a handler that throws is a 500 that tells nothing") {
  Running running([](HttpExchange&) -> HttpAnswer { throw std::runtime_error("secret"); });
  Client client(running.server.port());
  const auto answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has(answer, "HTTP/1.1 500"));
  CHECK_FALSE(has(answer, "secret"));
}

TEST_CASE("threads that answer take no core from who wakes them") {
  int allowed = -1;
  std::thread([&] {
    const sched_param none{};
    allowed = pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
  }).join();
  // A sandbox may forbid it.
  if (allowed != 0) return;
  int policy = -1;
  Running running([&](HttpExchange&) {
    policy = sched_getscheduler(0);
    return HttpAnswer();
  });
  Client client(running.server.port());
  CHECK(has(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200"));
  CHECK(policy == SCHED_BATCH);
}

TEST_CASE("descriptors above 1023 are as good as others") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  if (before.rlim_max < 1200) return;
  rlimit more = before;
  more.rlim_cur = std::max<rlim_t>(before.rlim_cur, 1200);
  ::setrlimit(RLIMIT_NOFILE, &more);
  std::vector<int> taken;
  while (taken.empty() || taken.back() < 1100) {
    taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(taken.back() >= 0);
  }
  {
    Running running;
    Client client(running.server.port());
    CHECK(has(client.ask(post("/", "{}")), "HTTP/1.1 200"));
  }
  for (const int fd : taken) ::close(fd);
}

TEST_CASE("idle connections keep no thread") {
  HttpServer server(echo, [](std::string_view) { return true; }, {.threads_max = 1});
  REQUIRE(server.start({"127.0.0.1", 0}));
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<Client>(server.port()));
    idle.back()->send(get);
    // An idle one is closed after 10 s, which would give its thread to the next.
    REQUIRE(idle.back()->has_input(5000));
    CHECK(has(idle.back()->answer(), "HTTP/1.1 200"));
  }
  CHECK(has(idle.front()->ask(get), "HTTP/1.1 200"));
}

TEST_CASE("a port that is taken is a fault that names it") {
  Running running;
  HttpServer second(echo);
  const auto started = second.start({"127.0.0.1", running.server.port()});
  REQUIRE_FALSE(started);
  INFO(started.error().text);
  CHECK(has(started.error().text, std::to_string(running.server.port())));
  CHECK(started.error().system_error == EADDRINUSE);
  HttpServer third(echo);
  CHECK(third.start({"192.0.2.1", 9}).error().system_error == EADDRNOTAVAIL);
}

TEST_CASE("stopping answers what is asked and does not wait for the idle") {
  std::mutex mutex;
  std::condition_variable changed;
  bool asked = false;
  bool go = false;
  auto running = std::make_unique<Running>([&](HttpExchange&) {
    std::unique_lock lock(mutex);
    asked = true;
    changed.notify_all();
    changed.wait(lock, [&] { return go; });
    return HttpAnswer{200, "text/plain", "late", {}};
  });
  Client idle(running->server.port());
  Client busy(running->server.port());
  busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return asked; });
  lock.unlock();
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopping([&] { running->server.stop(); });
  lock.lock();
  go = true;
  changed.notify_all();
  lock.unlock();
  CHECK(has(busy.answer(), "late"));
  stopping.join();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  CHECK(idle.at_end());
}

TEST_CASE("stopping does not wait for a client that sends an octet now and then") {
  std::promise<void> asked;
  Running running([&](HttpExchange& exchange) {
    asked.set_value();
    return echo(exchange);
  });
  Client slow(running.server.port());
  slow.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n");
  std::promise<void> ended;
  std::thread trickle([&slow, end = ended.get_future()] {
    while (end.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout)
      slow.send("a");
  });
  asked.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  running.server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < limits::stop_calls_max);
  ended.set_value();
  trickle.join();
}

TEST_CASE("stopping does not wait for many whose heads go on and on") {
  Running running;
  std::vector<std::unique_ptr<Client>> slow;
  for (std::size_t i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<Client>(running.server.port()));
    slow.back()->send("P");
  }
  std::promise<void> ended;
  std::thread trickle([&slow, end = ended.get_future()] {
    while (end.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout)
      for (auto& client : slow) client->send("a");
  });
  const auto begin = std::chrono::steady_clock::now();
  running.server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < limits::stop_calls_max);
  ended.set_value();
  trickle.join();
}

TEST_CASE("clients that may not ask keep nobody waiting") {
  std::atomic<bool> known = false;
  HttpServer server(echo, [&](std::string_view) { return known.load(); });
  REQUIRE(server.start({"127.0.0.1", 0}));
  std::vector<std::unique_ptr<Client>> strangers;
  for (std::size_t i = 0; i < 2 * limits::http_threads; ++i) {
    strangers.push_back(std::make_unique<Client>(server.port()));
    if (i >= limits::http_strangers_max) CHECK(strangers.back()->at_end());
  }
  known = true;
  Client client(server.port());
  CHECK(has(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200"));
}

TEST_CASE("a client that resets its connection is still known by its address") {
  std::mutex mutex;
  std::condition_variable changed;
  bool go = false;
  std::vector<std::string> peers;
  Running running([&](HttpExchange& exchange) {
    std::unique_lock lock(mutex);
    peers.emplace_back(exchange.peer());
    changed.wait(lock, [&] { return go; });
    return HttpAnswer{200, "text/plain", "ok", {}};
  });
  // All threads are busy, so that the one that goes is looked at only when it has gone.
  std::vector<std::unique_ptr<Client>> busy;
  for (std::size_t i = 0; i < limits::http_threads + limits::http_streams_max; ++i) {
    busy.push_back(std::make_unique<Client>(running.server.port()));
    busy.back()->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  {
    Client gone(running.server.port());
    gone.send(post("/x", "{}"));
    gone.reset_at_close();
  }
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_all();
  for (auto& client : busy) CHECK(has(client->answer(), "ok"));
  Client honest(running.server.port());
  CHECK(has(honest.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "ok"));
  const std::lock_guard lock(mutex);
  for (const auto& peer : peers) CHECK(peer == "127.0.0.1");
}

TEST_CASE("accepting goes on when there are descriptors again") {
  Running running;
  Client client(running.server.port());
  CHECK(has(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200"));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  Client waiting(running.server.port(), [&] {
    rlimit none = before;
    none.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  });
  waiting.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  // An idle acceptor sleeps: it is seen to fail by the time it takes.
  CHECK_FALSE(waiting.has_input(300));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(has(waiting.answer(), "HTTP/1.1 200"));
}

TEST_CASE("a unix socket has its permissions and leaves nothing behind") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("seedd-rpc-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "socket";
  {
    HttpServer server(echo);
    const auto started = server.start({"unix:" + path, 9091, 0700});
    INFO((started ? std::string() : started.error().text));
    REQUIRE(started);
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    Client client(path);
    CHECK(has(client.ask(post("/x", "{}")), "POST /x  2:{}"));
    HttpServer second(echo);
    CHECK_FALSE(second.start({"unix:" + path, 9091, 0700}));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  const int left_over = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(::bind(left_over, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  ::close(left_over);
  HttpServer third(echo);
  CHECK(third.start({"unix:" + path, 9091, 0700}));
  third.stop();
  std::filesystem::remove_all(folder);
}

TEST_CASE("bodies that come slowly take no more room than has come of them") {
  Fronted running;
  std::vector<std::unique_ptr<Client>> slow;
  for (const std::string framing :
       {"Content-Length: 4000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5000000\r\n"})
    for (std::size_t i = 0; i < limits::http_bodies_waiting_max; ++i) {
      slow.push_back(std::make_unique<Client>(running.server.port()));
      slow.back()->send("POST /rpc HTTP/1.1\r\nHost: localhost\r\n" + framing +
                        std::string(100'000, ' '));
    }
  const auto begin = std::chrono::steady_clock::now();
  Client client(running.server.port());
  CHECK(client.ask(post("/rpc", std::string(1'000'000, ' '))).starts_with("HTTP/1.1 200"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("a right login on many connections at once lets all of them in") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password =
      config::hash_password("secret", Buffer(config::password_salt_bytes, 7), 1'000'000);
  Fronted running(settings);
  const std::string login = "Authorization: Basic OnNlY3JldA==\r\n";  // ":secret"
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<Client>(running.server.port()));
    clients.back()->send(post("/rpc", "{}", login));
  }
  for (auto& client : clients) CHECK(client->answer().starts_with("HTTP/1.1 200"));
}

namespace {

/// Three pieces at /three, and pieces until nobody takes them any more at every other path.
HttpAnswer streaming(HttpExchange& exchange, std::atomic<int>& ended) {
  HttpAnswer out;
  out.content_type = "text/event-stream";
  out.headers.emplace_back("X-Mark", "1");
  const bool three = exchange.path() == "/three";
  out.stream = [three, &ended](AnswerStream& stream) {
    for (const char* piece : {"one ", "", "two ", "three"}) stream.write(piece);
    while (!three && stream.open() && stream.write(std::string(1000, 'x'))) continue;
    ++ended;
  };
  return out;
}

}  // namespace

TEST_CASE("an answer without an end is sent in chunks, and the connection ends with it") {
  std::atomic<int> ended = 0;
  Running running([&](HttpExchange& exchange) { return streaming(exchange, ended); });
  Client client(running.server.port());
  client.send("GET /three HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.read_to("0\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(answer, "Transfer-Encoding: chunked\r\n"));
  CHECK(has(answer, "Connection: close\r\n"));
  CHECK(has(answer, "Content-Type: text/event-stream\r\n"));
  CHECK(has(answer, "X-Mark: 1\r\n"));
  CHECK_FALSE(has(answer, "Content-Length"));
  CHECK_FALSE(has(answer, "Keep-Alive"));
  CHECK(answer.ends_with("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
  CHECK(client.at_end());
}

TEST_CASE("an answer without an end goes to a client of HTTP/1.0 as it is") {
  std::atomic<int> ended = 0;
  Running running([&](HttpExchange& exchange) { return streaming(exchange, ended); });
  Client client(running.server.port());
  client.send("GET /three HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.read_to("three");
  CHECK(answer.ends_with("\r\n\r\none two three"));
  CHECK_FALSE(has(answer, "chunked"));
  CHECK(client.at_end());
}

TEST_CASE("an answer without an end stops when its client goes, and when the server does") {
  std::atomic<int> ended = 0;
  Running running([&](HttpExchange& exchange) { return streaming(exchange, ended); });
  {
    Client client(running.server.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_to("two");
  }
  while (ended == 0) std::this_thread::yield();
  Client stays(running.server.port());
  stays.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  stays.read_to("two");
  Client takes_nothing(running.server.port());
  takes_nothing.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  takes_nothing.read_to("two");
  const auto begin = std::chrono::steady_clock::now();
  running.server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  CHECK(ended == 3);
}
