#include "core/portmap/pcp.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::portmap;
using namespace seed::portmap::pcp;

namespace {

constexpr Nonce nonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
/// Header and MAP part of one answer: 1800 s, epoch 3600, 192.0.2.1:49153 for TCP 6881.
constexpr std::string_view header = "02 81 00 00 00000708 00000e10 000000000000000000000000";
constexpr std::string_view map =
    "0102030405060708090a0b0c 06 000000 1ae1 c001 00000000000000000000ffffc0000201";

/// Hexadecimal digits with blanks for the eye.
Buffer octets(std::string hex) {
  std::erase(hex, ' ');
  return *from_hex(hex);
}
Buffer answer_octets() { return octets(std::string(header) + std::string(map)); }

}  // namespace

TEST_CASE("a MAP request has RFC 6887's shape, with IPv4 addresses mapped") {
  MapRequest request;
  request.client = *IpAddress::parse("192.168.1.2");
  request.nonce = nonce;
  request.port = {Protocol::tcp, 0x1ae1};
  request.external = {IpAddress::any_v4(), 0x1ae1};
  request.lifetime = 1800s;
  CHECK(encode_map(request) ==
        octets("02 01 0000 00000708 00000000000000000000ffffc0a80102"
               "0102030405060708090a0b0c 06 000000 1ae1 1ae1 00000000000000000000ffff00000000"));
}

TEST_CASE("a MAP request over IPv6 asks for any address by zeros") {
  MapRequest request;
  request.client = *IpAddress::parse("2001:db8::2");
  request.nonce = nonce;
  request.port = {Protocol::udp, 0x1ae1};
  request.external = {IpAddress::any_v6(), 0};
  CHECK(encode_map(request) ==
        octets("02 01 0000 00000000 20010db8000000000000000000000002"
               "0102030405060708090a0b0c 11 000000 1ae1 0000 00000000000000000000000000000000"));
}

TEST_CASE("a MAP answer is read, options after it ignored") {
  for (const auto* options : {"", "02000004 00000000"}) {
    const auto answer = parse(octets(std::string(header) + std::string(map) + options));
    REQUIRE(answer);
    CHECK(answer->outcome == Outcome::success);
    CHECK(answer->lifetime == 1800s);
    CHECK(answer->epoch == 3600);
    REQUIRE(answer->map);
    CHECK(answer->map->nonce == nonce);
    CHECK(answer->map->port == LocalPort{Protocol::tcp, 6881});
    CHECK(answer->map->external.to_string() == "192.0.2.1:49153");
  }
}

TEST_CASE("an announcement is an answer without a mapping") {
  const auto answer = parse(octets("02 80 00 00 00000000 00000005 000000000000000000000000"));
  REQUIRE(answer);
  CHECK_FALSE(answer->map);
  CHECK(answer->epoch == 5);
}

TEST_CASE("an error tells how long it lasts") {
  Buffer packet = answer_octets();
  packet[3] = 8;
  const auto answer = parse(packet);
  REQUIRE(answer);
  CHECK(answer->outcome == Outcome::no_resources);
  CHECK(answer->lifetime == 1800s);
  packet[3] = 0xee;
  CHECK(parse(packet)->outcome == Outcome{0xee});
}

TEST_CASE("what is no MAP answer of version 2 is nothing") {
  const Buffer whole = answer_octets();
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(parse(Bytes(whole).first(size)));
  Buffer packet = whole;
  packet[0] = 1;  // a version
  CHECK_FALSE(parse(packet));
  packet = whole;
  packet[1] = 1;  // a request
  CHECK_FALSE(parse(packet));
  packet = whole;
  packet[1] = 0x82;  // PEER
  CHECK_FALSE(parse(packet));
  packet = whole;
  packet[36] = 1;  // ICMP
  CHECK_FALSE(parse(packet));
  packet = whole;
  packet.resize(62);  // no multiple of four
  CHECK_FALSE(parse(packet));
  packet.resize(packet_bytes_max + 4);
  CHECK_FALSE(parse(packet));
}

TEST_CASE("a refused version is read off PCP's answers and NAT-PMP's") {
  CHECK(parse_version_refusal(octets("0081 0001 00000e10")) == std::uint8_t{0});
  CHECK(parse_version_refusal(octets("0181 0001 00000708 00000e10")) == std::uint8_t{1});
  CHECK_FALSE(parse_version_refusal(octets("0081 0002 00000e10")));
  CHECK_FALSE(parse_version_refusal(octets("0001 0001")));
  CHECK_FALSE(parse_version_refusal(octets("0081 00")));
}

TEST_CASE("each outcome of PCP has words, also one that is not known") {
  for (std::uint8_t value = 0; value < 16; ++value) CHECK_FALSE(reason(Outcome{value}).empty());
}
