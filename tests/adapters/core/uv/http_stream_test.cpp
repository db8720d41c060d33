// Exchanges that are handed over as they come: Http::open().
#include <functional>
#include <map>

#include "core/base/limits.h"
#include "core/uv/http.h"
#include "core/uv/http_call.h"
#include "tests/adapters/core/uv/web_server.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

/// Records; each call can do more.
struct Taker final : io::HttpStreamOwner {
  std::optional<io::HttpHead> head;
  std::string body;
  std::size_t room = 1u << 20;
  std::size_t largest = 0;
  std::optional<Result<void>> ended;
  bool silent = false;  ///< nothing may come any more
  std::function<void()> heading;
  std::function<void()> asking;
  std::function<void()> taking;
  std::function<void()> ending;

  void on_head(const io::HttpHead& got) override {
    CHECK_FALSE(silent);
    CHECK_FALSE(head);
    CHECK_FALSE(ended);
    head = got;
    if (heading) heading();
  }
  std::size_t may_read() override {
    CHECK_FALSE(silent);
    const std::size_t out = room;
    if (asking) asking();
    return out;
  }
  void on_body(Bytes part) override {
    CHECK_FALSE(silent);
    CHECK(head);
    CHECK_FALSE(part.empty());
    CHECK(part.size() <= room);
    largest = std::max(largest, part.size());
    // What is cancelled in here stays readable.
    if (taking) taking();
    body += as_text(part);
  }
  void on_end(Result<void> result) override {
    CHECK_FALSE(silent);
    CHECK_FALSE(ended);
    ended = std::move(result);
    if (ending) ending();
  }
  bool failed_with(FaultCode code) const { return ended && !*ended && ended->error().code == code; }
};

struct Client {
  explicit Client(AddressFilter filter = &is_public)
      : http(std::make_unique<Http>(loop, std::string(), filter)) {}
  Loop loop;
  Server server{loop};
  std::unique_ptr<Http> http;

  bool wait(const std::function<bool()>& until) { return loop.run_until(until, bound); }
  bool wait_for(const Taker& taker) {
    return wait([&] { return taker.ended.has_value(); });
  }
  HttpCallId open(std::string_view path, Taker& taker) {
    return http->open(request_to(server.url(path)), taker);
  }
  void turns() {
    loop.run_until([] { return false; }, 20ms);
  }
};

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i % 25);
  return out;
}

}  // namespace

TEST_CASE("a range is asked for, and what comes of it is told before its octets") {
  Client client;
  client.server.answer("/f",
                       "206 Partial Content\r\nContent-Range:  bytes 2-6/10 \r\n"
                       "CONTENT-TYPE: text/plain\r\nRetry-After: 7\r\nContent-Encoding: br",
                       "hello");
  auto request = request_to(client.server.url("/f"));
  request.range = io::HttpRange{2, 6};
  request.headers = {{"X-Ours", "1"}};
  request.decode = true;  // is for get()
  Taker taker;
  client.http->open(request, taker);
  CHECK_FALSE(taker.head);
  REQUIRE(client.wait_for(taker));
  REQUIRE(*taker.ended);
  REQUIRE(taker.head);
  CHECK(taker.head->status == 206);
  CHECK(taker.head->content_length == 5u);
  CHECK(taker.head->content_range == "bytes 2-6/10");
  CHECK(taker.head->content_type == "text/plain");
  CHECK(taker.head->content_encoding == "br");
  CHECK(taker.head->retry_after == "7");
  CHECK(taker.head->final_url == request.url);
  CHECK(taker.head->remote == IpAddress::v4(0x7f000001));
  CHECK(taker.body == "hello");
  const std::string& seen = client.server.requests.at(0);
  CHECK(seen.find("Range: bytes=2-6\r\n") != std::string::npos);
  CHECK(seen.find("Accept-Encoding: identity\r\n") != std::string::npos);
  CHECK(seen.find("X-Ours: 1\r\n") != std::string::npos);
  CHECK(seen.find("gzip") == std::string::npos);
  // The connection is kept for the next.
  Taker next;
  client.open("/f", next);
  REQUIRE(client.wait_for(next));
  CHECK(client.server.requests.at(1).find("Range:") == std::string::npos);
  CHECK(client.server.connections.size() == 1);
}

TEST_CASE("an answer without a body has a head and an end") {
  Client client;
  client.server.answer("/none", "404 Not Found");
  client.server.answer("/past", "416 Range Not Satisfiable\r\nContent-Range: bytes */3");
  Taker none;
  client.open("/none", none);
  REQUIRE(client.wait_for(none));
  CHECK(*none.ended);
  REQUIRE(none.head);
  CHECK(none.head->status == 404);
  CHECK(none.head->content_length == 0u);
  Taker past;
  client.open("/past", past);
  REQUIRE(client.wait_for(past));
  REQUIRE(past.head);
  CHECK(past.head->content_range == "bytes */3");
}

TEST_CASE("while its owner has no room a body stays where it is, and memory is bounded") {
  Client client;
  const std::string body = pattern(64u << 20);
  client.server.answer("/f", "200 OK", body);
  Taker taker;
  taker.room = 0;
  auto request = request_to(client.server.url("/f"));
  request.body_bytes_max = body.size();
  const auto id = client.http->open(request, taker);
  REQUIRE(client.wait([&] { return taker.head.has_value(); }));
  CHECK_FALSE(client.loop.run_until([&] { return !taker.body.empty(); }, 200ms));
  // What the system keeps between the two is at most some MiB.
  const std::size_t waiting = client.server.connections.at(0)->sent;
  CHECK(waiting < body.size() / 2);
  client.turns();
  CHECK(client.server.connections.at(0)->sent == waiting);
  taker.room = 1000;
  taker.taking = [&] {
    // Now and then a pause from within.
    if (taker.body.size() % 999'000 == 0) taker.room = 0;
  };
  client.http->resume(id);
  REQUIRE(client.wait([&] {
    if (taker.room == 0) {
      taker.room = 100'000;
      client.http->resume(id);
    }
    return taker.ended.has_value();
  }));
  CHECK(*taker.ended);
  CHECK(taker.body == body);
  CHECK(taker.largest <= held_bytes_max + CURL_MAX_WRITE_SIZE);
}

TEST_CASE("what has come before a connection was lost is handed over before the end") {
  Client client;
  client.server.answers["/f"] =
      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + pattern(30'000);
  Taker taker;
  taker.room = 0;
  const auto id = client.open("/f", taker);
  REQUIRE(client.wait([&] { return taker.head.has_value(); }));
  client.server.connections.at(0)->stream.reset();
  client.turns();
  CHECK_FALSE(taker.ended);
  taker.room = 7000;
  client.http->resume(id);
  REQUIRE(client.wait_for(taker));
  CHECK(taker.failed_with(FaultCode::unreachable));
  CHECK(taker.body == pattern(30'000));
  CHECK(taker.head->content_length == 100'000u);
}

TEST_CASE("an exchange may be cancelled, and others with it, from each of its calls") {
  const auto at = GENERATE(0, 1, 2, 3);
  Client client;
  client.server.answer("/f", "200 OK", pattern(100'000));
  client.server.answer("/hang", "200 OK\r\nX: y", "");
  Taker taker;
  Taker other;
  HttpCallId id;
  HttpCallId other_id;
  bool fetched = false;
  const auto cancel = [&] {
    taker.silent = other.silent = true;
    client.http->cancel(id);
    client.http->cancel(other_id);
    client.http->cancel(id);
    client.http->resume(id);
    client.http->get(request_to(client.server.url("/f")),
                     [&](const Result<io::HttpReply>& reply) { fetched = reply.has_value(); });
  };
  (at == 0   ? taker.heading
   : at == 1 ? taker.asking
   : at == 2 ? taker.taking
             : taker.ending) = cancel;
  id = client.open("/f", taker);
  other_id = client.open("/nobody-answers", other);
  CHECK(client.wait([&] { return fetched; }));
  client.turns();
  CHECK(taker.ended.has_value() == (at == 3));
}

TEST_CASE("a body longer than its bound is cut off there, announced or not") {
  Client client;
  client.server.answer("/known", "200 OK", pattern(50'000));
  client.server.answers["/unknown"] = "HTTP/1.1 200 OK\r\n\r\n" + pattern(50'000);
  for (const char* path : {"/known", "/unknown"}) {
    Taker taker;
    auto request = request_to(client.server.url(path));
    request.body_bytes_max = 20'000;
    client.http->open(request, taker);
    REQUIRE(client.wait_for(taker));
    CHECK(taker.failed_with(FaultCode::too_large));
    CHECK(taker.body == pattern(20'000));
    CHECK(taker.head->status == 200);
    request.body_bytes_max = 50'000;
    Taker whole;
    client.http->open(request, whole);
    REQUIRE(client.wait_for(whole));
    CHECK(*whole.ended);
    CHECK(whole.body == pattern(50'000));
  }
}

TEST_CASE("a server that says nothing is waited for no longer than said, and a pause is ours") {
  Client client;
  client.server.answers["/f"] =
      "HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + pattern(300'000);
  auto request = request_to(client.server.url("/hang"));
  request.idle_max = 1s;
  request.timeout = 500ms;  // for the connection, which is there at once
  Taker hanging;
  client.http->open(request, hanging);
  request.url = client.server.url("/f");
  Taker stuck;
  client.http->open(request, stuck);
  Taker paused;
  paused.room = 0;
  const auto id = client.http->open(request, paused);
  REQUIRE(client.wait_for(hanging));
  CHECK(hanging.failed_with(FaultCode::timed_out));
  CHECK_FALSE(hanging.head);
  REQUIRE(client.wait_for(stuck));
  CHECK(stuck.failed_with(FaultCode::timed_out));
  CHECK(stuck.body.size() == 300'000);
  client.loop.run_until([] { return false; }, 2s);
  CHECK_FALSE(paused.ended);
  paused.room = 50'000;
  client.http->resume(id);
  REQUIRE(client.wait([&] { return paused.body.size() == 300'000; }));
}

TEST_CASE("redirects are followed, counted and judged, and the last answer's head alone is told") {
  Client client;
  client.server.answer("/a", "302 Found\r\nLocation: /b\r\nContent-Range: none", "elsewhere");
  client.server.answer("/b", "301 Moved\r\nLocation: /c");
  client.server.answer("/c", "200 OK", "body");
  Taker taker;
  client.open("/a", taker);
  REQUIRE(client.wait_for(taker));
  CHECK(*taker.ended);
  CHECK(taker.head->status == 200);
  CHECK(taker.head->content_range.empty());
  CHECK(taker.head->final_url == client.server.url("/c"));
  CHECK(taker.body == "body");
  auto request = request_to(client.server.url("/a"));
  request.redirects_max = 1;
  Taker bounded;
  client.http->open(request, bounded);
  REQUIRE(client.wait_for(bounded));
  CHECK(bounded.failed_with(FaultCode::malformed));
  CHECK_FALSE(bounded.head);
}

TEST_CASE("private addresses are refused, also behind a redirect, and so is a long head") {
  Client client([](const IpAddress& address) { return address != IpAddress::v4(0x7f000002); });
  Server hidden(client.loop, {IpAddress::v4(0x7f000002), 0});
  hidden.answer("/secret", "200 OK", "secret");
  client.server.answer("/a", "302 Found\r\nLocation: " + hidden.url("/secret"));
  auto request = request_to(client.server.url("/a"));
  request.private_addresses_allowed = false;
  request.sources.v4 = IpAddress::v4(0x7f000005);  // or it would be this host's own
  Taker taker;
  client.http->open(request, taker);
  REQUIRE(client.wait_for(taker));
  CHECK(taker.failed_with(FaultCode::permission));
  CHECK_FALSE(taker.head);
  CHECK(hidden.requests.empty());
  client.server.answer("/long", "200 OK\r\nX: " + std::string(header_bytes_max, 'x'), "body");
  Taker headed;
  client.open("/long", headed);
  REQUIRE(client.wait_for(headed));
  CHECK(headed.failed_with(FaultCode::too_large));
  CHECK_FALSE(headed.head);
}

TEST_CASE("through a proxy a body comes too, and a proxy that wants a login is a fault") {
  Client client;
  Server proxy(client.loop);
  const std::string at = proxy.url("");
  auto request = request_to("http://files.example/f");
  request.proxy =
      ProxyUrl{ProxyUrl::Kind::http, "127.0.0.1",
               static_cast<std::uint16_t>(std::stoi(at.substr(at.rfind(':') + 1))), "", ""};
  proxy.answer("http://files.example/f", "200 OK", "body");
  Taker taker;
  client.http->open(request, taker);
  REQUIRE(client.wait_for(taker));
  CHECK(*taker.ended);
  CHECK(taker.body == "body");
  proxy.answer("http://files.example/f", "407 Proxy Authentication Required", "who are you");
  Taker refused;
  client.http->open(request, refused);
  REQUIRE(client.wait_for(refused));
  CHECK(refused.failed_with(FaultCode::permission));
  CHECK_FALSE(refused.head);
}

TEST_CASE("what takes long has its own places, and waits in line for them") {
  Client client;
  client.server.answers["/f"] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun";
  client.server.answer("/", "200 OK", "x");
  std::vector<std::unique_ptr<Taker>> takers;
  std::vector<HttpCallId> ids;
  for (std::size_t i = 0; i < http_streamed_max + 1; ++i)
    ids.push_back(client.open("/f", *takers.emplace_back(std::make_unique<Taker>())));
  REQUIRE(client.wait([&] {
    return std::ranges::count_if(takers, [](const auto& it) { return it->body == "begun"; }) ==
           static_cast<std::ptrdiff_t>(http_streamed_max);
  }));
  CHECK_FALSE(takers.back()->head);
  bool fetched = false;
  client.http->get(request_to(client.server.url("/")),
                   [&](const Result<io::HttpReply>& reply) { fetched = reply.has_value(); });
  REQUIRE(client.wait([&] { return fetched; }));
  CHECK_FALSE(takers.back()->head);
  client.http->cancel(ids.front());
  REQUIRE(client.wait([&] { return takers.back()->head.has_value(); }));
  // The rest are left behind.
  for (const auto& taker : takers) taker->silent = true;
  client.http.reset();
  client.turns();
}
