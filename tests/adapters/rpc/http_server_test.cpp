#include "rpc/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
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

#include "core/base/limits.h"
#include "rpc/front.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// A client's socket.
class Client {
 public:
  explicit Client(
      std::uint16_t port, const std::function<void()>& before_connect = [] {})
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  /// Within that time.
  bool has_input(int timeout_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }
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
HttpAnswer echo(HttpExchange& exchange) {
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
              [](std::string_view) { return RpcAnswer{200, "{}"}; }) {
    REQUIRE(server.start({"127.0.0.1", 0}));
  }
};

std::string post(std::string_view path, std::string_view body, std::string_view headers = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

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

TEST_CASE("a refused body that is long ends the connection after the answer") {
  Running running;
  Client client(running.server.port());
  client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nstart");
  CHECK(has(client.answer(), "HTTP/1.1 409"));
  CHECK(client.at_end());
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

TEST_CASE("a head without end is cut off") {
  Running running;
  Client client(running.server.port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(300'000, 'x'));
  client.read_to("never");
  CHECK(client.at_end());
}

TEST_CASE("what is no HTTP is answered once") {
  Running running;
  Client client(running.server.port());
  client.send("nonsense\r\n\r\nmore nonsense\r\n\r\n");
  CHECK(has(client.answer(), "HTTP/1.1 400"));
  CHECK(client.at_end());
}

TEST_CASE("a handler that throws is a 500 that tells nothing") {
  Running running([](HttpExchange&) -> HttpAnswer { throw std::runtime_error("secret"); });
  Client client(running.server.port());
  const auto answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has(answer, "HTTP/1.1 500"));
  CHECK_FALSE(has(answer, "secret"));
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

TEST_CASE("idle connections give way to those who wait") {
  Running running;
  std::vector<std::unique_ptr<Client>> idle;
  for (std::size_t i = 0; i < limits::http_threads; ++i) {
    idle.push_back(std::make_unique<Client>(running.server.port()));
    idle.back()->ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  Client client(running.server.port());
  CHECK(has(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200"));
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
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  ended.set_value();
  trickle.join();
}

TEST_CASE("stopping does not wait for many who wait for a thread") {
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
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
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
  for (std::size_t i = 0; i < limits::http_threads; ++i) {
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

TEST_CASE("what is no request is answered with a page and closed") {
  Fronted running;
  for (const auto& [request, status] : std::vector<std::pair<std::string, std::string>>{
           {"nonsense\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\nX : y\r\n\r\n", "400"},
           {"GET / HTTP/1.1\nHost: x\n\n", "400"},
           {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
           {"GET /" + std::string(100'000, 'a'), "414"},
           {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", "431"},
           {"GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a'), "431"},
           {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "501"}}) {
    Client client(running.server.port());
    client.send(request);
    const auto answer = client.answer();
    CAPTURE(request.substr(0, 60), answer);
    CHECK(answer.starts_with("HTTP/1.1 " + status));
    CHECK(has(answer, "<h1>" + status + ": "));
    CHECK(has(answer, "Server: Transmission\r\n"));
    CHECK(has(answer, "X-Frame-Options: SAMEORIGIN\r\n"));
    CHECK(has(answer, "Content-Security-Policy: frame-ancestors 'self'\r\n"));
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
}

TEST_CASE("a body whose end is in doubt is refused and its connection closed") {
  Fronted running;
  for (const std::string fields :
       {"Content-Length: 2\r\nContent-Length: 30\r\n", "Content-Length: 2, 30\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 2x\r\n",
        "Content-Length: -2\r\n", "Content-Length: +2\r\n", "Content-Length:\r\n",
        "Content-Length: 0x2\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    Client client(running.server.port());
    CAPTURE(fields);
    const auto answer = client.ask("POST /rpc HTTP/1.1\r\nHost: localhost\r\n" + fields +
                                   "\r\n{}GET /x HTTP/1.1\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 400"));
    CHECK(client.at_end());
  }
  Client client(running.server.port());
  CHECK(client
            .ask("POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: "
                 "2\r\n\r\n{}")
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE("a broken body is told from one that is too large") {
  Fronted running;
  const std::string chunked =
      "POST /rpc HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"zz\r\n", "2\r\n{}xx\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n"}) {
    Client client(running.server.port());
    CAPTURE(body);
    CHECK(client.ask(chunked + body).starts_with("HTTP/1.1 400"));
    CHECK(client.at_end());
  }
  Client large(running.server.port());
  CHECK(large.ask(chunked + "fffffffff\r\n{}").starts_with("HTTP/1.1 413"));
  CHECK(large.at_end());
  Client client(running.server.port());
  CHECK(
      client.ask(chunked + "2\r\n{}\r\n0\r\nX-Sum: 7\r\nY: z\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(client.ask("GET /rpc HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 405"));
}

TEST_CASE("a refused body that comes slowly is read to its end, and the connection lasts") {
  Fronted running;
  Client client(running.server.port());
  CHECK(
      client.send("POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                  "400000\r\n\r\n"));
  for (int i = 0; i < 40; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    REQUIRE(client.send(std::string(10'000, 'x')));
  }
  const auto answer = client.answer();
  CHECK(answer.starts_with("HTTP/1.1 409"));
  CHECK(has(answer, "Keep-Alive:"));
  CHECK(client.ask(post("/rpc", "{}")).starts_with("HTTP/1.1 200"));
}

TEST_CASE("a refused body that is long and comes slowly does not cost the client its answer") {
  Fronted running;
  for (const std::string framing :
       {"Content-Length: 2000000", "Content-Length: 999999999", "Transfer-Encoding: chunked"}) {
    Client client(running.server.port());
    CAPTURE(framing);
    CHECK(client.send("POST /rpc HTTP/1.1\r\nHost: evil.example\r\n" + framing + "\r\n\r\n"));
    for (int i = 0; i < 7; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      REQUIRE(client.send(std::string(10'000, 'x')));
    }
    const auto answer = client.answer();
    CHECK(answer.starts_with("HTTP/1.1 421"));
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
}

TEST_CASE("no more may be slow about refused bodies than limits say") {
  Fronted running;
  std::vector<std::unique_ptr<Client>> slow;
  const std::string refused =
      "POST /rpc HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n";
  for (std::size_t i = 0; i < limits::http_refused_max; ++i) {
    slow.push_back(std::make_unique<Client>(running.server.port()));
    CHECK(has(slow.back()->ask(refused), "Keep-Alive:"));
  }
  Client client(running.server.port());
  CHECK(has(client.ask(refused), "Connection: close\r\n"));
  CHECK(client.at_end());
}

TEST_CASE("an answer says whether its connection lasts") {
  Running running;
  for (const std::string head :
       {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: Close\r\n\r\n",
        "GET / HTTP/1.1\r\nconnection: te, CLOSE\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "POST /refuse HTTP/1.1\r\nContent-Length: 10\r\n\r\nless"}) {
    Client client(running.server.port());
    CAPTURE(head);
    const auto answer = client.ask(head);
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
  Client client(running.server.port());
  CHECK(has(client.ask("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "Keep-Alive:"));
  CHECK(has(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "Keep-Alive:"));
  CHECK(has(client.ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 200"));
}

TEST_CASE("a client that pauses is still listened to when it is refused") {
  Running running;
  Client client(running.server.port());
  client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nstart");
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  CHECK(client.send("more"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(client.send("more"));
  CHECK(has(client.answer(), "HTTP/1.1 409"));
}

TEST_CASE("a Range is nobody's business") {
  Running running;
  for (const std::string value : {"bytes=1-2", "bytes=9-1", "items=1-2", "nonsense", "bytes=-"}) {
    Client client(running.server.port());
    CAPTURE(value);
    CHECK(has(client.ask("GET /a HTTP/1.1\r\nHost: x\r\nrange: " + value + "\r\n\r\n"),
              "GET /a 127.0.0.1 0:"));
  }
}

TEST_CASE("one empty line before a request is read over") {
  Running running;
  Client client(running.server.port());
  CHECK(has(client.ask("\r\n" + post("/a", "{}")), "POST /a"));
  CHECK(has(client.ask("\r\n" + post("/b", "{}")), "POST /b"));
  CHECK(has(client.ask("\r\n\r\n" + post("/c", "{}")), "HTTP/1.1 400"));
}

TEST_CASE("an expectation is understood in any case of its letters") {
  Running running;
  Client client(running.server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nexpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(client.has_input(3000));
  CHECK(has(client.read_to("\r\n\r\n"), "HTTP/1.1 100"));
  CHECK(has(client.ask("ok"), "2:ok"));
}

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
