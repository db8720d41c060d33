#include "core/proxy/routed_http.h"

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
  void cancel(HttpCallId id) override { cancelled.push_back(id.slot); }
  std::vector<io::HttpRequest> requests;
  std::vector<Answer<io::HttpReply>> answers;
  std::vector<std::uint32_t> cancelled;
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
