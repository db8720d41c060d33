#include "core/dht/holder.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

Endpoint at(const char* text) { return *Endpoint::parse(text); }

}  // namespace

TEST_CASE("a public IPv4 address is one holder whatever its port") {
  CHECK(holder_of(at("203.0.112.1:1")) == holder_of(at("203.0.112.1:2")));
  CHECK(holder_of(at("203.0.112.1:1")) != holder_of(at("203.0.112.2:1")));
}

TEST_CASE("a public IPv6 /64 is one holder") {
  CHECK(holder_of(at("[2001:470:1:2::1]:1")) == holder_of(at("[2001:470:1:2:3:4:5:6]:2")));
  CHECK(holder_of(at("[2001:470:1:2::1]:1")) != holder_of(at("[2001:470:1:3::1]:1")));
  CHECK(holder_of(at("[2001:470:1:2::1]:1")) != holder_of(at("32.1.4.112:1")));
}

TEST_CASE("in our own network each endpoint is one holder") {
  for (const char* text : {"127.0.0.1:1", "192.168.1.1:1", "[::1]:1", "[fe80::1]:1", "[fd00::1]:1"})
    CHECK(holder_of(at(text)) == at(text));
}
