#include "core/wire/ext/ut_pex.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace seed;
using wire::PexPeer;
using wire::UtPex;

TEST_CASE("both families and their flags make one list") {
  UtPex sent;
  sent.added = {{*Endpoint::parse("192.0.2.1:6881"), PexPeer::upload_only},
                {*Endpoint::parse("192.0.2.2:6882"), 0},
                {*Endpoint::parse("[2001:db8::1]:6883"), PexPeer::reachable}};
  sent.dropped = {*Endpoint::parse("192.0.2.3:1"), *Endpoint::parse("[2001:db8::2]:2")};
  Buffer octets;
  sent.encode(octets);
  CHECK(UtPex::parse(octets) == sent);
}

TEST_CASE("an empty exchange still has the keys of IPv4") {
  Buffer octets;
  UtPex{}.encode(octets);
  CHECK(as_text(octets) == "d5:added0:7:added.f0:7:dropped0:e");
}

TEST_CASE("no more than 100 are sent and taken") {
  UtPex many;
  std::string list;
  for (std::uint32_t i = 0; i < 150; ++i) {
    const Endpoint endpoint{IpAddress::v4(0x0a000001 + i), 7000};
    many.added.push_back({endpoint, 0});
    many.dropped.push_back(endpoint);
    Buffer compact;
    append_compact(compact, endpoint);
    list += to_string(compact);
  }
  Buffer octets;
  many.encode(octets);
  auto parsed = UtPex::parse(octets);
  REQUIRE(parsed);
  CHECK(parsed->added.size() == 100);
  CHECK(parsed->dropped.size() == 100);
  parsed = UtPex::parse(as_bytes(fmt::format("d5:added{}:{}e", list.size(), list)));
  REQUIRE(parsed);
  CHECK(parsed->added.size() == 100);
}

TEST_CASE("entries nobody can dial are left out, and flags keep their place") {
  const auto parsed =
      UtPex::parse(as_bytes(std::string("d5:added12:\x01\x02\x03\x04\0\0\x01\x02\x03\x05\0\x09"
                                        "7:added.f2:\x01\x02"
                                        "e",
                                        37)));
  REQUIRE(parsed);
  REQUIRE(parsed->added.size() == 1);
  CHECK(parsed->added[0].endpoint.to_string() == "1.2.3.5:9");
  CHECK(parsed->added[0].flags == 2);
}

TEST_CASE("flags that are missing are none, those too many belong to nobody") {
  const auto few =
      UtPex::parse(as_bytes("d5:added12:abcdefghijkl7:added.f1:\x10"
                            "6:added618:abcdefghijklmnopqr8:added6.f0:e"));
  REQUIRE(few);
  REQUIRE(few->added.size() == 3);
  CHECK(few->added[0].flags == PexPeer::reachable);
  CHECK(few->added[1].flags == 0);
  CHECK(few->added[2].flags == 0);
  CHECK(few->added[2].endpoint.address.is_v6());
  const auto many =
      UtPex::parse(as_bytes("d5:added6:abcdef7:added.f3:\x01\x02\x04"
                            "6:added618:abcdefghijklmnopqr8:added6.f2:\x08\x01"
                            "e"));
  REQUIRE(many);
  REQUIRE(many->added.size() == 2);
  CHECK(many->added[0].flags == PexPeer::prefers_encryption);
  CHECK(many->added[1].flags == PexPeer::supports_holepunch);
}

TEST_CASE("a list that ends within an entry is malformed") {
  CHECK_FALSE(UtPex::parse(as_bytes("d5:added5:abcdee")));
  CHECK_FALSE(UtPex::parse(as_bytes("d6:added66:abcdefe")));
  CHECK_FALSE(UtPex::parse(as_bytes("le")));
}
