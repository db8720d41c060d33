#include "core/swarm/peer_priority.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::peer_priority;

namespace {

std::uint32_t between(const char* a, const char* b) {
  return peer_priority({*IpAddress::parse(a), 1}, {*IpAddress::parse(b), 2});
}

}  // namespace

TEST_CASE("the vectors of BEP 40 and of other clients hold") {
  CHECK(between("123.213.32.10", "98.76.54.32") == 0xec2d7224);
  CHECK(between("123.213.32.10", "123.213.32.234") == 0x99568189);
  CHECK(between("206.248.98.111", "142.147.89.224") == 0x2b41d456);
  CHECK(between("230.12.123.1", "230.12.123.3") == 0x99c54d79);
  CHECK(between("230.12.23.1", "230.12.123.3") == 0x21fd5f80);
  CHECK(between("230.120.23.1", "230.12.123.3") == 0xfa9a860e);
}

TEST_CASE("ports decide between two peers behind one address") {
  const IpAddress address = *IpAddress::parse("192.0.2.1");
  CHECK(peer_priority({address, 1234}, {address, 300}) == 0xae8b7034);
  CHECK(peer_priority({address, 300}, {address, 1234}) == 0xae8b7034);
}

TEST_CASE("both ends compute the same priority") {
  CHECK(between("98.76.54.32", "123.213.32.10") == between("123.213.32.10", "98.76.54.32"));
  CHECK(between("2001:db8::1", "2001:db9::2") == between("2001:db9::2", "2001:db8::1"));
}

TEST_CASE("an IPv6 network counts six octets, seven within a /48 and eight within a /56") {
  // Bits that the mask takes away do not matter: beyond /48 every other bit of the rest.
  CHECK(between("2001:db8:1::", "2001:db8:2:aaaa::") == between("2001:db8:1::", "2001:db8:2::"));
  CHECK(between("2001:db8:1::", "2001:db8:1:aa00::") !=
        between("2001:db8:1::", "2001:db8:1:8a00::"));
  CHECK(between("2001:db8:1::", "2001:db8:1:01aa::") ==
        between("2001:db8:1::", "2001:db8:1:0100::"));
  CHECK(between("2001:db8:1::", "2001:db8:1:00aa::") !=
        between("2001:db8:1::", "2001:db8:1:008a::"));
  CHECK(between("2001:db8:1::", "2001:db8:1:00aa:aaaa::") ==
        between("2001:db8:1::", "2001:db8:1:00aa::"));
}

TEST_CASE("peers of two families have no priority") {
  CHECK(between("192.0.2.1", "2001:db8::1") == 0);
}
