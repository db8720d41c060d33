#include "core/portmap/nat_pmp.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::portmap;
using namespace seed::portmap::nat_pmp;

namespace {

/// Hexadecimal digits with blanks for the eye.
Buffer octets(std::string hex) {
  std::erase(hex, ' ');
  return *from_hex(hex);
}

}  // namespace

TEST_CASE("a request for the external address is two octets") {
  CHECK(encode_address_request() == octets("0000"));
}

TEST_CASE("a request for a mapping has RFC 6886's shape") {
  CHECK(encode_map({Protocol::udp, 0x1ae1}, 0x1ae1, 7200s) ==
        octets("0001 0000 1ae1 1ae1 00001c20"));
  CHECK(encode_map({Protocol::tcp, 0x1ae1}, 0, 0s) == octets("0002 0000 1ae1 0000 00000000"));
}

TEST_CASE("an answer with the external address is read") {
  const auto answer = parse(octets("0080 0000 00000e10 c0000201"));
  REQUIRE(answer);
  CHECK_FALSE(answer->protocol);
  CHECK(answer->outcome == Outcome::success);
  CHECK(answer->epoch == 3600);
  CHECK(answer->external.to_string() == "192.0.2.1");
}

TEST_CASE("an answer with a mapping is read, and what follows it ignored") {
  const auto answer = parse(octets("0082 0000 00000e10 1ae1 c001 00000708 ffff"));
  REQUIRE(answer);
  CHECK(answer->protocol == Protocol::tcp);
  CHECK(answer->internal_port == 0x1ae1);
  CHECK(answer->external_port == 0xc001);
  CHECK(answer->lifetime == 1800s);
  CHECK(parse(octets("0081 0000 00000e10 1ae1 c001 00000708"))->protocol == Protocol::udp);
}

TEST_CASE("an error needs no more than its epoch") {
  const auto answer = parse(octets("0081 0002 00000e10"));
  REQUIRE(answer);
  CHECK(answer->outcome == Outcome::not_authorized);
  CHECK(answer->epoch == 3600);
  CHECK(parse(octets("0081 7777 00000e10"))->outcome == Outcome{0x7777});
}

TEST_CASE("what is no answer of NAT-PMP is nothing") {
  CHECK_FALSE(parse({}));
  CHECK_FALSE(parse(octets("0000")));                                   // a request
  CHECK_FALSE(parse(octets("0080 0000 00000e10 c00002")));              // cut
  CHECK_FALSE(parse(octets("0082 0000 00000e10 1ae1 c001 000007")));    // cut
  CHECK_FALSE(parse(octets("0081 0002 00000e")));                       // cut
  CHECK_FALSE(parse(octets("0083 0000 00000e10 1ae1 c001 00000708")));  // no such opcode
  CHECK_FALSE(parse(octets("0281 0000 00000e10 1ae1 c001 00000708")));  // PCP
}

TEST_CASE("each outcome of NAT-PMP has words, also one that is not known") {
  for (std::uint16_t value = 0; value < 8; ++value) CHECK_FALSE(reason(Outcome{value}).empty());
}
