#include "core/uv/http.h"

#include <zlib.h>

#include <map>

#include "core/base/limits.h"
#include "core/uv/http_call.h"
#include "core/uv/net.h"
#include "tests/adapters/core/uv/web_server.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

bool not_127_0_0_1(const IpAddress& address) { return address != IpAddress::v4(0x7f000001); }
bool any_v4_address(const IpAddress& address) { return address.is_v4(); }

struct Client {
  explicit Client(AddressFilter filter = &is_public)
      : http(std::make_unique<Http>(loop, std::string(), filter)) {}

  Loop loop;
  Server server{loop};
  std::unique_ptr<Http> http;

  /// Also from private addresses, as all of the test's own are.
  Result<io::HttpReply> get(io::HttpRequest request) {
    request.private_addresses_allowed = true;
    return get_public(std::move(request));
  }
  Result<io::HttpReply> get_public(io::HttpRequest request) {
    std::optional<Result<io::HttpReply>> out;
    http->get(std::move(request), [&](Result<io::HttpReply> result) { out = std::move(result); });
    CHECK_FALSE(out.has_value());
    if (!loop.run_until([&] { return out.has_value(); }, bound))
      return fail(FaultCode::timed_out, "the test's own bound");
    return *std::move(out);
  }
  Result<io::HttpReply> get(std::string_view path) { return get({.url = server.url(path)}); }
};

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("a reply of any status comes with its body and where it is from") {
  Client client;
  client.server.answer("/a?x=%01", "200 OK\r\nContent-Type: text/plain", "hello");
  client.server.answer("/missing", "404 Not Found", "no");
  io::HttpRequest request{.url = client.server.url("/a?x=%01"),
                          .headers = {{"Range", "bytes=0-4"}, {"X-Empty", ""}},
                          .user_agent = "seedd/0"};
  const auto reply = client.get(request);
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(to_string(reply->body) == "hello");
  CHECK(reply->content_type == "text/plain");
  CHECK(reply->final_url == request.url);
  CHECK(reply->remote == IpAddress::v4(0x7f000001));
  REQUIRE(client.server.requests.size() == 1);
  const std::string& seen = client.server.requests[0];
  CHECK(seen.starts_with("GET /a?x=%01 HTTP/1.1\r\n"));
  CHECK(seen.find("Range: bytes=0-4\r\n") != std::string::npos);
  CHECK(seen.find("X-Empty:\r\n") != std::string::npos);
  CHECK(seen.find("User-Agent: seedd/0\r\n") != std::string::npos);
  CHECK(seen.find("Accept-Encoding: identity\r\n") != std::string::npos);
  const auto missing = client.get("/missing");
  REQUIRE(missing);
  CHECK(missing->status == 404);
  // One connection served both.
  CHECK(client.server.connections.size() == 1);
}

TEST_CASE("gzip is undone for who asks for that, and the bound counts what comes out") {
  Client client;
  client.server.answer("/z", "200 OK\r\nContent-Encoding: gzip", gzip(std::string(100'000, 'a')));
  const auto decoded = [&](std::size_t bytes_max) {
    return client.get(
        {.url = client.server.url("/z"), .body_bytes_max = bytes_max, .decode = true});
  };
  const auto reply = decoded(100'000);
  REQUIRE(reply);
  CHECK(to_string(reply->body) == std::string(100'000, 'a'));
  CHECK(client.server.requests[0].find("Accept-Encoding: gzip\r\n") != std::string::npos);
  CHECK(client.server.requests[0].find("identity") == std::string::npos);
  const auto bomb = decoded(99'999);
  REQUIRE_FALSE(bomb);
  CHECK(bomb.error().code == FaultCode::too_large);
}

TEST_CASE("for others gzip comes as it is, and the bound counts what comes in") {
  Client client;
  const std::string data = gzip(std::string(100'000, 'a'));
  for (const char* header : {"Content-Encoding: gzip", "Content-Encoding: x-gzip"}) {
    client.server.answer("/z", fmt::format("200 OK\r\n{}", header), data);
    const auto reply = client.get({.url = client.server.url("/z"), .body_bytes_max = data.size()});
    REQUIRE(reply);
    CHECK(to_string(reply->body) == data);
  }
}

TEST_CASE("a transfer that is compressed though nobody asked is refused") {
  Client client;
  const std::string data = gzip(std::string(100'000, 'a'));
  client.server.answers["/t"] = fmt::format(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: GZIP, chunked\r\n\r\n"
      "{:x}\r\n{}\r\n0\r\n\r\n",
      data.size(), data);
  const auto reply = client.get("/t");
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == FaultCode::malformed);
}

TEST_CASE("room is made for a body as it was announced, and not beyond its bound") {
  Client client;
  client.server.answer("/known", "200 OK", std::string(300'000, 'b'));
  // The server keeps the connection when that is among the header lines.
  client.server.answers["/unknown"] = fmt::format(
      "HTTP/1.1 200 OK\r\nX-Content-Length: none\r\nTransfer-Encoding: chunked\r\n\r\n"
      "{:x}\r\n{}\r\n0\r\n\r\n",
      300'000, std::string(300'000, 'b'));
  const auto known = client.get("/known");
  REQUIRE(known);
  CHECK(known->body.size() == 300'000);
  CHECK(known->body.capacity() == 300'000);
  const auto unknown =
      client.get({.url = client.server.url("/unknown"), .body_bytes_max = 300'001});
  REQUIRE(unknown);
  CHECK(unknown->body.size() == 300'000);
  CHECK(unknown->body.capacity() <= 300'001);
}

TEST_CASE("a body beyond its bound is cut off, announced or not") {
  Client client;
  client.server.answer("/big", "200 OK", std::string(1000, 'b'));
  client.server.answers["/endless"] = "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'e');
  for (const auto* path : {"/big", "/endless"}) {
    const auto reply = client.get({.url = client.server.url(path), .body_bytes_max = 999});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == FaultCode::too_large);
  }
  CHECK(client.get({.url = client.server.url("/big"), .body_bytes_max = 1000}));
}

TEST_CASE("header lines have a bound") {
  Client client;
  std::string head = "200 OK";
  for (int i = 0; i < 100; ++i) head += "\r\nX-Long: " + std::string(1000, 'h');
  client.server.answer("/", head, "x");
  CHECK(client.get("/").error().code == FaultCode::too_large);
}

TEST_CASE("redirects are followed up to their bound and only over HTTP") {
  Client client;
  client.server.answer("/one", "302 Found\r\nLocation: /two", "ignored");
  client.server.answer("/two", "301 Moved\r\nLocation: " + client.server.url("/three"));
  client.server.answer("/three", "200 OK", "there");
  client.server.answer("/loop", "302 Found\r\nLocation: /loop");
  client.server.answer("/file", "302 Found\r\nLocation: file:///etc/passwd");
  Server ftp(client.loop);
  client.server.answer("/ftp", "302 Found\r\nLocation: ftp" + ftp.url("/").substr(4));
  const auto reply = client.get("/one");
  REQUIRE(reply);
  CHECK(to_string(reply->body) == "there");
  CHECK(reply->final_url == client.server.url("/three"));
  CHECK_FALSE(client.get({.url = client.server.url("/one"), .redirects_max = 1}));
  CHECK_FALSE(client.get("/loop"));
  for (const auto* path : {"/file", "/ftp"}) {
    CAPTURE(path);
    const auto elsewhere = client.get(path);
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().code == FaultCode::malformed);
  }
  CHECK(ftp.connections.empty());
}

TEST_CASE("private addresses are refused, also on a kept connection") {
  Client client;
  client.server.answer("/", "200 OK", "private");
  const io::HttpRequest strict{.url = client.server.url("/")};
  const auto refused = client.get_public(strict);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::permission);
  CHECK(client.server.connections.empty());
  // Now there is a connection that could be used again.
  REQUIRE(client.get("/"));
  CHECK(client.get_public(strict).error().code == FaultCode::permission);
  CHECK(client.server.requests.size() == 1);
  for (const auto* host :
       {"localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "127.1", "10.0.0.1",
        "169.254.169.254", "100.64.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
    const auto reply = client.get_public({.url = fmt::format("http://{}:1/", host)});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == FaultCode::permission);
    CHECK(reply.error().text.find("private") != std::string::npos);
  }
}

TEST_CASE("private addresses are refused behind a redirect, on a new and on a kept connection") {
  Client client(&not_127_0_0_1);
  Server outside(client.loop, {IpAddress::v4(0x7f000002), 0});
  outside.answer("/", "200 OK", "public");
  outside.answer("/in", "302 Found\r\nLocation: " + client.server.url("/"));
  client.server.answer("/", "200 OK", "private");
  REQUIRE(client.get_public({.url = outside.url("/")}));
  const auto fresh = client.get_public({.url = outside.url("/in")});
  REQUIRE_FALSE(fresh);
  CHECK(fresh.error().code == FaultCode::permission);
  CHECK(fresh.error().text.find("private") != std::string::npos);
  CHECK(client.server.connections.empty());
  // Whom it is allowed follows, and leaves a connection.
  const auto followed = client.get({.url = outside.url("/in")});
  REQUIRE(followed);
  CHECK(to_string(followed->body) == "private");
  const auto kept = client.get_public({.url = outside.url("/in")});
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == FaultCode::permission);
  CHECK(client.server.requests.size() == 1);
}

TEST_CASE("this host's own address is refused though it is public") {
  Client client(&any_address);
  client.server.answer("/", "200 OK", "own");
  const io::HttpRequest strict{.url = client.server.url("/")};
  const auto own = client.get_public(strict);
  REQUIRE_FALSE(own);
  CHECK(own.error().code == FaultCode::permission);
  CHECK(own.error().text.find("own") != std::string::npos);
  CHECK(client.server.requests.empty());
  REQUIRE(client.get(strict));
  CHECK(client.get_public(strict).error().code == FaultCode::permission);
  CHECK(client.server.requests.size() == 1);
}

TEST_CASE("a fault behind a connection that was allowed is told as it is") {
  Client client(&not_127_0_0_1);
  Server outside(client.loop, {IpAddress::v4(0x7f000002), 0});
  const auto hanging = client.get_public({.url = outside.url("/hang"), .timeout = 50ms});
  REQUIRE_FALSE(hanging);
  CHECK(hanging.error().code == FaultCode::timed_out);
  outside.answer("/gone", "302 Found\r\nLocation: http://127.0.0.2:1/");
  CHECK(client.get_public({.url = outside.url("/gone")}).error().code == FaultCode::refused);
  // Of a name's addresses one may be refused: that is not why the other does not answer.
  Client half(&any_v4_address);
  const auto nobody = half.get_public({.url = "http://localhost:1/"});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code != FaultCode::permission);
}

TEST_CASE("a server that says nothing runs into the timeout; the text keeps the path to itself") {
  Client client;
  const auto reply =
      client.get({.url = client.server.url("/hang?passkey=geheim"), .timeout = 50ms});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == FaultCode::timed_out);
  CHECK(reply.error().text.find("127.0.0.1") != std::string::npos);
  CHECK(reply.error().text.find("geheim") == std::string::npos);
}

TEST_CASE("nobody there, no such name, no HTTP and no URL are told apart") {
  Client client;
  CHECK(client.get({.url = "http://127.0.0.1:1/"}).error().code == FaultCode::refused);
  CHECK(client.get({.url = "http://no-such-name.invalid/"}).error().code == FaultCode::unreachable);
  client.server.answers["/junk"] = "SSH-2.0-OpenSSH\r\n\r\n";
  CHECK(client.get("/junk").error().code == FaultCode::malformed);
  client.server.answers["/nothing"] = "";
  CHECK(client.get("/nothing").error().code == FaultCode::unreachable);
  for (const auto* url : {"", "nonsense", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"})
    CHECK(client.get({.url = url}).error().code == FaultCode::malformed);
  CHECK(client.get({.url = client.server.url("/"), .headers = {{"X", "a\r\nY: b"}}}).error().code ==
        FaultCode::malformed);
  CHECK(client.get({.url = client.server.url("/"), .user_agent = "a\nb"}).error().code ==
        FaultCode::malformed);
  CHECK(client.server.requests.size() == 2);
}

TEST_CASE("more calls than may run wait in line and all are answered") {
  Client client;
  client.server.answer("/", "200 OK", "x");
  constexpr std::size_t count = limits::http_exchanges_max * 3;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < count; ++i)
    client.http->get(request_to(client.server.url("/")), [&](Result<io::HttpReply> reply) {
      REQUIRE(reply);
      ++answered;
    });
  REQUIRE(client.loop.run_until([&] { return answered == count; }, bound));
  CHECK(client.server.connections.size() <= limits::http_exchanges_max);
}

TEST_CASE("a cancelled call is not answered, wherever it stands, and makes room") {
  Client client;
  client.server.answer("/", "200 OK", "x");
  bool answered = false;
  const auto never_answered = [&](Result<io::HttpReply>) { answered = true; };
  std::vector<HttpCallId> hanging;
  for (std::size_t i = 0; i < limits::http_exchanges_max; ++i)
    hanging.push_back(client.http->get(request_to(client.server.url("/hang")), never_answered));
  const auto waiting = client.http->get(request_to(client.server.url("/hang")), never_answered);
  bool arrived = false;
  client.http->get(request_to(client.server.url("/")),
                   [&](Result<io::HttpReply>) { arrived = true; });
  REQUIRE(client.loop.run_until(
      [&] { return client.server.requests.size() == limits::http_exchanges_max; }, bound));
  CHECK_FALSE(arrived);
  client.http->cancel(waiting);
  client.http->cancel(hanging[3]);
  client.http->cancel(hanging[3]);
  CHECK(client.loop.run_until([&] { return arrived; }, bound));
  // Two that finish in one turn: the first answer cancels the second.
  for (const auto id : hanging) client.http->cancel(id);
  HttpCallId second;
  client.http->get({.url = "nonsense"}, [&](Result<io::HttpReply>) {
    client.http->cancel(second);
    arrived = false;
  });
  second = client.http->get({.url = "nonsense"}, never_answered);
  CHECK(client.loop.run_until([&] { return !arrived; }, bound));
  CHECK_FALSE(client.loop.run_until([&] { return answered; }, 5ms));
}

TEST_CASE("calls under way may be left behind") {
  Client client;
  bool answered = false;
  for (int i = 0; i < 40; ++i)
    client.http->get(request_to(client.server.url("/hang")),
                     [&](Result<io::HttpReply>) { answered = true; });
  // A name that takes a while must not hold up the end.
  client.http->get({.url = "http://no-such-name.invalid/"},
                   [&](Result<io::HttpReply>) { answered = true; });
  client.loop.run_until([&] { return client.server.requests.size() > 5; }, bound);
  answered = false;
  client.http.reset();
  CHECK_FALSE(client.loop.run_until([&] { return answered; }, 5ms));
}

TEST_CASE("a call goes out from its source address") {
  Client client;
  client.server.answer("/", "200 OK", "x");
  const auto from = [](std::optional<IpAddress> v4) {
    return io::SourceAddresses{.v4 = v4, .v6 = std::nullopt};
  };
  REQUIRE(client.get({.url = client.server.url("/"), .sources = from(IpAddress::v4(0x7f000003))}));
  REQUIRE(client.server.connections.size() == 1);
  CHECK(client.server.connections[0]->stream->remote().address == IpAddress::v4(0x7f000003));
  CHECK(client.get({.url = client.server.url("/"), .sources = from(IpAddress::parse("192.0.2.7"))})
            .error()
            .code == FaultCode::unreachable);
}

TEST_CASE("a call does not go over a family that is off, nor from an address that was in force") {
  Client client;
  client.server.answer("/", "200 OK", "x");
  const auto refused = [&](const io::SourceAddresses& sources) {
    const auto reply = client.get({.url = client.server.url("/"), .sources = sources});
    return !reply && reply.error().code == FaultCode::unreachable;
  };
  CHECK(refused({.v4 = std::nullopt, .v6 = std::nullopt}));
  CHECK(refused({.v4 = std::nullopt}));
  CHECK(client.server.requests.empty());
  REQUIRE(client.get({.url = client.server.url("/")}));
  // The connection is kept, but it is not from there.
  const io::SourceAddresses other{.v4 = IpAddress::v4(0x7f000003)};
  const auto first = client.get({.url = client.server.url("/"), .sources = other});
  const auto again = client.get({.url = client.server.url("/"), .sources = other});
  CHECK(again);
  CHECK(client.server.requests.size() == (first ? 3u : 2u));
  CHECK(client.server.connections.back()->stream->remote().address == IpAddress::v4(0x7f000003));
}

TEST_CASE("an IPv6 server is reached") {
  Loop loop;
  Net net(loop);
  Gate gate;
  if (!net.listen({*IpAddress::parse("::1"), 0}, gate)) return;  // a machine without IPv6
  Client client;
  Server six(client.loop, {*IpAddress::parse("::1"), 0});
  six.answer("/", "200 OK", "six");
  const auto reply = client.get({.url = six.url("/")});
  REQUIRE(reply);
  CHECK(reply->remote == *IpAddress::parse("::1"));
}
