#include "core/base/url.h"

#include "tests/support/catch.h"

namespace seed {
namespace {

TEST_CASE("a URL comes apart") {
  const auto url = Url::parse("HTTP://user:pw@Tracker.Example:8080/a/b%20?x=1&y=?#part").value();
  CHECK(url.scheme == "http");
  CHECK(url.userinfo == "user:pw");
  CHECK(url.host == "tracker.example");
  CHECK(url.port == 8080);
  CHECK(url.path == "/a/b%20");
  CHECK(url.has_query);
  CHECK(url.query == "x=1&y=?");
  CHECK(url.to_string() == "http://tracker.example:8080/a/b%20?x=1&y=?");
  CHECK(url.host_and_port() == "tracker.example:8080");
}

struct Row {
  std::string_view text;
  std::string_view written;
  std::string_view host;
  std::uint16_t port;
};

TEST_CASE("URLs that are well formed") {
  const Row rows[] = {
      {"http://a", "http://a", "a", 80},
      {"https://a/", "https://a/", "a", 443},
      {"http://a:80/x", "http://a/x", "a", 80},
      {"http://a:443/x", "http://a:443/x", "a", 443},
      {"http://a:/x", "http://a/x", "a", 80},
      {"http://a?q", "http://a?q", "a", 80},
      {"http://a?", "http://a?", "a", 80},
      {"http://a#f", "http://a", "a", 80},
      {"http://a#f?no/query", "http://a", "a", 80},
      {"http://a/?u=http://b@c", "http://a/?u=http://b@c", "a", 80},
      {"udp://tracker.example:6969/announce", "udp://tracker.example:6969/announce",
       "tracker.example", 6969},
      {"udp://tracker.example", "udp://tracker.example", "tracker.example", 0},
      {"http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81/", "2001:db8::1", 81},
      {"http://[::1]", "http://[::1]", "::1", 80},
      {"http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1", 80},
      {"http://@a/", "http://a/", "a", 80},
      {"http://a/\xc3\xa4", "http://a/\xc3\xa4", "a", 80},
      {"http://under_score.example./", "http://under_score.example./", "under_score.example.", 80},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.text));
    const auto url = Url::parse(row.text);
    REQUIRE(url);
    CHECK(url->to_string() == row.written);
    CHECK(url->host == row.host);
    CHECK(url->port == row.port);
    auto bare = *url;
    bare.userinfo.clear();
    CHECK(Url::parse(url->to_string()) == bare);
  }
}

TEST_CASE("URLs that are refused") {
  for (const std::string_view text : {"",
                                      "a",
                                      "/a",
                                      "//a",
                                      "http:",
                                      "http:/a",
                                      "http://",
                                      "http:///x",
                                      "http://?q",
                                      "http://:80/",
                                      "://a",
                                      "1http://a",
                                      "ht tp://a",
                                      "h\xc3\xa4://a",
                                      "magnet:?xt=urn:btih:00",
                                      "http://a:0/",
                                      "http://a:65536/",
                                      "http://a:-1/",
                                      "http://a:+80/",
                                      "http://a:8x/",
                                      "http://a:80:80/",
                                      "http://a b/",
                                      "http://a/b c",
                                      "http://a/\x01",
                                      "http://a/\r\nHost: b",
                                      "http://a/\x7f",
                                      "http://a\tb/",
                                      "http://user@b@c/",
                                      "http://a\\@b/",
                                      "http://a%00b/",
                                      "http://%61/",
                                      "http://a<b/",
                                      "http://[::1/",
                                      "http://::1/",
                                      "http://[1.2.3.4]/",
                                      "http://[]/",
                                      "http://[::1]x/",
                                      "http://[fe80::1%25eth0]/",
                                      "http://[v1.a]/",
                                      "http://x[::1]/",
                                      "http://b\xc3\xbc"
                                      "cher/",
                                      "http://[/",
                                      "http://]/",
                                      "http://[",
                                      "http://]:1[/"}) {
    CAPTURE(std::string(text));
    const auto url = Url::parse(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == FaultCode::malformed);
    CHECK_FALSE(url.error().text.empty());
  }
  CHECK_FALSE(Url::parse(std::string_view("http://a/\0", 10)));
  CHECK(Url::parse("http://a/" + std::string(4087, 'x')));
  CHECK(Url::parse("http://a/" + std::string(4088, 'x')).error().code == FaultCode::too_large);
}

TEST_CASE("percent-encoding leaves unreserved characters alone") {
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode(std::string_view("\0\xff /%+", 6)) == "%00%FF%20%2F%25%2B");
  CHECK(percent_decode("%00%fF%20a+") == std::string("\0\xff a+", 5));
  for (const auto* text : {"%", "%a", "a%", "%zz", "%-1", "%%41", "%4"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decode(text));
  }
  Buffer all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  CHECK(as_text(all) == percent_decode(percent_encode(all)));
}

}  // namespace
}  // namespace seed
