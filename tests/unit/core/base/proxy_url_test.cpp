#include "core/base/proxy_url.h"

#include "core/base/stand_in.h"
#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("a proxy's URL has a kind, a host, a port and perhaps a login") {
  const auto socks = ProxyUrl::parse("socks5://m%65:p%40s%3As@Proxy.Example:1081");
  REQUIRE(socks);
  CHECK(*socks == ProxyUrl{ProxyUrl::Kind::socks5, "proxy.example", 1081, "me", "p@s:s"});
  CHECK(ProxyUrl::parse("socks5h://192.0.2.1")->port == 1080);
  CHECK(ProxyUrl::parse("socks5h://192.0.2.1/")->kind == ProxyUrl::Kind::socks5);
  const auto http = ProxyUrl::parse("http://[2001:db8::1]:3128");
  REQUIRE(http);
  CHECK(http->kind == ProxyUrl::Kind::http);
  CHECK(http->host_and_port() == "[2001:db8::1]:3128");
  CHECK(http->user.empty());
  CHECK(ProxyUrl::parse("http://proxy.example")->port == 80);
}

TEST_CASE("what is no proxy's URL is refused, and is not in the fault") {
  for (const std::string text :
       {"", "proxy.example:1080", "socks4://secret.example", "https://secret.example",
        "socks5://secret.example/path", "socks5://secret.example?query", "socks5://:secret@host",
        "socks5://a:%zz@secret.example", "socks5://secret:%00@host"}) {
    INFO(text);
    const auto parsed = ProxyUrl::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().text.find("secret") == std::string::npos);
  }
  CHECK(ProxyUrl::parse("socks5://" + std::string(255, 'u') + "@host"));
  CHECK_FALSE(ProxyUrl::parse("socks5://" + std::string(256, 'u') + "@host"));
}

TEST_CASE("a password is not shown") {
  CHECK(without_password("") == "");
  CHECK(without_password("socks5h://me:secret@host:1") == "socks5h://me:***@host:1");
  CHECK(without_password("http://a%20b:secret@[2001:db8::1]") ==
        "http://a%20b:***@[2001:db8::1]:80");
  CHECK(without_password("socks5://me@host:1") == "socks5://me@host:1");
  CHECK(without_password("socks5://host:1") == "socks5://host:1");
  CHECK(without_password("soks5://me:secret@host") == "***");
}

TEST_CASE("an address that nobody has stands for a name") {
  CHECK(stands_for_name(*IpAddress::parse("240.0.0.1")));
  CHECK(stands_for_name(*IpAddress::parse("255.255.255.254")));
  CHECK_FALSE(stands_for_name(*IpAddress::parse("239.255.255.255")));
  CHECK_FALSE(stands_for_name(*IpAddress::parse("fe80::1")));
}
