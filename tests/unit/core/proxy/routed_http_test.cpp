#include "core/proxy/routed_http.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::proxy;

namespace {

class Web final : public io::Http {
 public:
  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(answer));
    return {static_cast<std::uint32_t>(requests.size()), 1};
  }
  HttpCallId open(io::HttpRequest request, io::HttpStreamOwner& owner) override {
    requests.push_back(std::move(request));
    answers.emplace_back();
    owners.push_back(&owner);
    return {static_cast<std::uint32_t>(requests.size()), 1};
  }
  void resume(HttpCallId id) override { resumed.push_back(id.slot); }
  void cancel(HttpCallId id) override { cancelled.push_back(id.slot); }
  std::vector<io::HttpRequest> requests;
  std::vector<io::HttpStreamOwner*> owners;
  std::vector<std::uint32_t> resumed;
  std::vector<Answer<io::HttpReply>> answers;
  std::vector<std::uint32_t> cancelled;
};

struct Taker final : io::HttpStreamOwner {
  int status = 0;
  std::string body;
  std::vector<FaultCode> faults;
  int ends = 0;
  std::function<void()> ending;
  void on_head(const io::HttpHead& head) override { status = head.status; }
  std::size_t may_read() override { return 5; }
  void on_body(Bytes part) override { body += as_text(part); }
  void on_end(Result<void> result) override {
    ++ends;
    if (!result) faults.push_back(result.error().code);
    if (ending) ending();
  }
};

const ProxyUrl proxy_a{ProxyUrl::Kind::http, "proxy.example", 3128, "me", "secret"};

io::HttpRequest request_of(const std::string& url) {
  io::HttpRequest request;
  request.url = url;
  return request;
}

}  // namespace

TEST_CASE("every exchange has the proxy that is set") {
  Web web;
  RoutedHttp http(web);
  int answers = 0;
  const auto count = [&](const Result<io::HttpReply>&) { ++answers; };
  http.get(request_of("http://a.example/"), count);
  CHECK_FALSE(web.requests[0].proxy);
  web.answers[0](io::HttpReply{});
  CHECK(answers == 1);
  http.set(proxy_a);
  http.get(request_of("http://b.example/"), count);
  CHECK(web.requests[1].proxy == proxy_a);
  // The one that was answered is not begun again.
  CHECK(web.requests.size() == 2);
  CHECK(web.cancelled.empty());
}

TEST_CASE("what is under way begins anew by another way, and is answered once") {
  Web web;
  int answers = 0;
  {
    RoutedHttp http(web);
    const auto count = [&](const Result<io::HttpReply>&) { ++answers; };
    const auto first = http.get(request_of("http://a.example/"), count);
    http.get(request_of("http://b.example/"), count);
    http.set(proxy_a);
    REQUIRE(web.requests.size() == 4);
    CHECK(web.cancelled == std::vector<std::uint32_t>{1, 2});
    CHECK(web.requests[2].url == "http://a.example/");
    CHECK(web.requests[2].proxy == proxy_a);
    http.set(proxy_a);  // the same
    CHECK(web.requests.size() == 4);
    web.answers[3](io::HttpReply{});
    CHECK(answers == 1);
    http.set(std::nullopt);
    REQUIRE(web.requests.size() == 5);
    CHECK_FALSE(web.requests[4].proxy);
    http.cancel(first);
    CHECK(web.cancelled == std::vector<std::uint32_t>{1, 2, 3, 5});
    http.get(request_of("http://c.example/"), count);
  }
  // The end calls off the rest.
  CHECK(web.cancelled.back() == 6);
  CHECK(answers == 1);
}

TEST_CASE("what is handed over as it comes goes through the proxy too") {
  Web web;
  RoutedHttp http(web);
  http.set(proxy_a);
  Taker taker;
  const auto id = http.open(request_of("http://a.example/"), taker);
  CHECK(web.requests[0].proxy == proxy_a);
  http.resume(id);
  CHECK(web.resumed == std::vector<std::uint32_t>{1});
  web.owners[0]->on_head({.status = 206});
  CHECK(web.owners[0]->may_read() == 5);
  web.owners[0]->on_body(as_bytes("hello"));
  web.owners[0]->on_end({});
  CHECK(taker.status == 206);
  CHECK(taker.body == "hello");
  CHECK(taker.ends == 1);
  // It is over: nothing to be gone on with, or to be called off.
  http.resume(id);
  http.cancel(id);
  CHECK(web.resumed.size() == 1);
  CHECK(web.cancelled.empty());
}

TEST_CASE("what was handed over in part ends by another way, and may be opened again at once") {
  Web web;
  Taker first;
  Taker second;
  Taker third;
  {
    RoutedHttp http(web);
    http.open(request_of("http://a.example/"), first);
    const auto id = http.open(request_of("http://b.example/"), second);
    first.ending = [&] {
      http.cancel(id);
      http.open(request_of("http://a.example/"), third);
    };
    http.set(proxy_a);
    CHECK(first.faults == std::vector{FaultCode::cut_off});
    CHECK(second.ends == 0);
    REQUIRE(web.requests.size() == 3);
    CHECK(web.requests[2].proxy == proxy_a);
    CHECK(web.cancelled == std::vector<std::uint32_t>{1, 2, 2});
  }
  CHECK(web.cancelled.back() == 3);
  CHECK(third.ends == 0);
}
