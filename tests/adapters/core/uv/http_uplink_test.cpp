#include <map>

#include "core/uv/http.h"
#include "core/uv/http_call.h"
#include "tests/adapters/core/uv/own_namespace.h"
#include "tests/adapters/core/uv/web_server.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

/// Names as the test has them; what is asked is noted.
struct Names final : io::Resolver {
  Loop& loop;
  std::map<std::string, std::vector<IpAddress>> known;
  std::vector<std::string> asked;
  std::vector<std::function<void()>> due;
  TurnTask task;

  explicit Names(Loop& on) : loop(on), task(on, this, &Names::on_turn) {}
  static void on_turn(void* self) {
    for (auto& each : std::exchange(static_cast<Names*>(self)->due, {})) each();
  }
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override {
    asked.push_back(host);
    Result<std::vector<IpAddress>> found = fail(FaultCode::unreachable, "no such name: " + host);
    if (const auto literal = IpAddress::parse(host)) found = std::vector{*literal};
    if (const auto name = known.find(host); name != known.end()) found = name->second;
    auto shared = std::make_shared<Answer<std::vector<IpAddress>>>(std::move(answer));
    due.emplace_back([shared, found] { (*shared)(found); });
    task.schedule();
    return {};
  }
  void cancel(LookupId) override {}
};

struct BoundClient {
  Loop loop;
  Server server{loop};
  Uplink uplink;
  Names names{loop};
  std::unique_ptr<Http> http =
      std::make_unique<Http>(loop, std::string(), &any_address, HttpUplink{&uplink, &names});

  explicit BoundClient(Uplink::Devices devices = GENERATE(Uplink::Devices::held,
                                                          Uplink::Devices::refused))
      : uplink(loop, devices) {
    uplink.bind({.interface = "lo"});
    names.known["web.test"] = names.known["other.test"] = {IpAddress::v4(0x7f000001)};
  }
  std::string url(std::string_view host, std::string_view path) const {
    const std::string at = server.url("");
    return fmt::format("http://{}{}{}", host, at.substr(at.rfind(':')), path);
  }
  Result<io::HttpReply> get(std::string url) {
    std::optional<Result<io::HttpReply>> out;
    auto request = request_to(std::move(url));
    request.headers = {{"Cookie", "secret"}, {"X-Ours", "1"}};
    http->get(std::move(request), [&](Result<io::HttpReply> result) { out = std::move(result); });
    REQUIRE(loop.run_until([&] { return out.has_value(); }, bound));
    return *std::move(out);
  }
};

}  // namespace

TEST_CASE("while an interface is named names are the resolver's, at each redirect too") {
  BoundClient client;
  client.server.answer("/a", "302 Found\r\nLocation: " + client.url("other.test", "/b"));
  client.server.answer("/b", "301 Moved\r\nLocation: /c");
  client.server.answer("/c", "200 OK", "body");
  const auto reply = client.get(client.url("web.test", "/a"));
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(as_text(reply->body) == "body");
  CHECK(reply->final_url == client.url("other.test", "/c"));
  CHECK(client.names.asked == std::vector<std::string>{"web.test", "other.test", "other.test"});
  REQUIRE(client.server.requests.size() == 3);
  CHECK(client.server.requests[0].find("Cookie: secret") != std::string::npos);
  CHECK(client.server.requests[0].find("Host: web.test:") != std::string::npos);
  // What one host is told is not another's business.
  CHECK(client.server.requests[1].find("Cookie") == std::string::npos);
  CHECK(client.server.requests[1].find("X-Ours: 1") != std::string::npos);
  // Literal addresses go the same way.
  REQUIRE(client.get(client.server.url("/c")));
}

TEST_CASE("while an interface is named no name is looked up by libcurl") {
  BoundClient client;
  const auto reply = client.get(client.url("localhost", "/a"));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == FaultCode::unreachable);
  CHECK(reply.error().text.find("no such name") != std::string::npos);
  // Whose addresses libcurl has kept for one name it has not for others.
  client.server.answer("/a", "200 OK", "body");
  REQUIRE(client.get(client.url("web.test", "/a")));
  CHECK_FALSE(client.get(client.url("localhost", "/a")));
  // Where it would look one up: at a port that it was given no addresses for.
  HttpSockets sockets(&client.uplink, nullptr, [](void*) {});
  HttpCall call(request_to("http://web.test:2/"), &any_address);
  call.uplink = &client.uplink;
  call.sockets = &sockets;
  const std::vector addresses{IpAddress::v4(0x7f000001)};
  REQUIRE(call.prepare({}, &addresses));
  curl_easy_setopt(call.easy(), CURLOPT_URL, "http://localhost:1/");
  CHECK(curl_easy_perform(call.easy()) == CURLE_COULDNT_RESOLVE_HOST);
}

TEST_CASE("what one address is not held to is not the fault of the next, nor of a redirect") {
  BoundClient client(Uplink::Devices::refused);
  const IpAddress elsewhere = *IpAddress::parse("203.0.113.7");
  client.names.known["web.test"] = {elsewhere, IpAddress::v4(0x7f000001)};
  client.server.answer("/a", "302 Found\r\nLocation: /hangs");
  for (const auto* path : {"/hangs", "/a"}) {
    std::optional<Result<io::HttpReply>> out;
    auto request = request_to(client.url("web.test", path));
    request.timeout = 300ms;
    client.http->get(std::move(request), [&](auto result) { out = std::move(result); });
    REQUIRE(client.loop.run_until([&] { return out.has_value(); }, bound));
    REQUIRE_FALSE(*out);
    CHECK(out->error().code == FaultCode::timed_out);
  }
  client.names.known["web.test"] = {elsewhere};
  const auto reply = client.get(client.url("web.test", "/a"));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == FaultCode::unreachable);
  CHECK(reply.error().text ==
        "web.test: the system does not go to 203.0.113.7 over the interface lo");
}

TEST_CASE("connections that are kept for later are silent when an interface is named") {
  const OwnNamespace own;
  if (!own.there()) return;
  const OtherSide other;
  BoundClient client;
  client.uplink.bind({});
  std::unique_ptr<Server> far;
  other.in([&] {
    far = std::make_unique<Server>(client.loop, Endpoint{*IpAddress::parse(OtherSide::world), 80});
  });
  far->answer("/kept", "200 OK", "body");
  const std::string url = far->url("");
  REQUIRE(client.get(url + "/kept"));
  // One is in use, the other idle.
  std::optional<Result<io::HttpReply>> hangs;
  client.http->get(request_to(url + "/hangs"), [&](auto result) { hangs = std::move(result); });
  REQUIRE(client.loop.run_until([&] { return far->requests.size() == 2; }, bound));
  REQUIRE(client.get(url + "/kept"));
  REQUIRE(far->connections.size() == 2);
  client.uplink.bind({.interface = "lo"});
  REQUIRE(client.loop.run_until([&] { return hangs.has_value(); }, bound));
  CHECK(hangs->error().code == FaultCode::cut_off);
  // What goes the same way after that is there after that.
  client.uplink.bind({});
  CHECK(client.get(url + "/kept"));
  REQUIRE(far->connections.size() == 3);
  CHECK_FALSE(far->connections[0]->over);
  CHECK_FALSE(far->connections[1]->over);
}

TEST_CASE("redirects that go round end") {
  BoundClient client;
  client.server.answer("/a", "302 Found\r\nLocation: /a");
  const auto reply = client.get(client.url("web.test", "/a"));
  REQUIRE_FALSE(reply);
  CHECK(client.server.requests.size() == 6);
}

TEST_CASE("exchanges end with their interface, and no connection of before is used again") {
  BoundClient client;
  client.server.answer("/kept", "200 OK", "body");
  REQUIRE(client.get(client.url("web.test", "/kept")));
  std::optional<Result<io::HttpReply>> hangs;
  client.http->get(request_to(client.url("web.test", "/hangs")),
                   [&](Result<io::HttpReply> result) { hangs = std::move(result); });
  REQUIRE(client.loop.run_until([&] { return client.server.requests.size() == 2; }, bound));
  client.uplink.bind({.interface = "no-such-if0"});
  REQUIRE(client.loop.run_until([&] { return hangs.has_value(); }, bound));
  REQUIRE_FALSE(*hangs);
  CHECK(hangs->error().code == FaultCode::cut_off);
  REQUIRE(client.loop.run_until(
      [&] {
        return std::ranges::all_of(client.server.connections,
                                   [](const auto& one) { return one->over; });
      },
      bound));
  const auto gone = client.get(client.url("web.test", "/kept"));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == FaultCode::cut_off);
  client.uplink.bind({.interface = "lo"});
  CHECK(client.get(client.url("web.test", "/kept")));
}

TEST_CASE("through a proxy the proxy's own name alone is looked up") {
  BoundClient client;
  client.names.known["proxy.test"] = {IpAddress::v4(0x7f000001)};
  auto request = request_to("http://hidden.test/a");
  request.proxy = *ProxyUrl::parse(client.url("proxy.test", ""));
  bool answered = false;
  client.http->get(std::move(request), [&](const auto&) { answered = true; });
  REQUIRE(
      client.loop.run_until([&] { return answered || !client.server.requests.empty(); }, bound));
  REQUIRE(client.server.requests.size() == 1);
  CHECK(client.server.requests[0].starts_with("GET http://hidden.test/a "));
  CHECK(client.names.asked == std::vector<std::string>{"proxy.test"});
}
