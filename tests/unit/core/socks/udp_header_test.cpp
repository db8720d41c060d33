#include "core/socks/udp_header.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::socks;

TEST_CASE("a datagram's header has RFC 1928's shape") {
  Buffer out;
  append_udp_header(out, *Endpoint::parse("192.0.2.1:6881"));
  CHECK(to_hex(out) == "00000001c00002011ae1");
}

TEST_CASE("a datagram's header is read, and tells where the datagram begins") {
  for (const Address& address :
       {Address(*Endpoint::parse("192.0.2.1:6881")), Address(*Endpoint::parse("[2001:db8::1]:1")),
        Address(HostName{"tracker.example.org", 80}),
        Address(HostName{std::string(255, 'x'), 0})}) {
    Buffer out;
    append_udp_header(out, address);
    const std::size_t octets = out.size();
    CHECK(octets <= udp_header_bytes_max);
    for (std::size_t size = 0; size < octets; ++size)
      CHECK(parse_udp_header(Bytes(out).first(size)).error().code == FaultCode::malformed);
    CHECK(parse_udp_header(out) == UdpHeader{address, octets});
    out.push_back(7);
    CHECK(parse_udp_header(out) == UdpHeader{address, octets});
  }
}

TEST_CASE("a part of a datagram is refused, the last one too") {
  for (const auto* fragment : {"01", "80", "ff"}) {
    const Buffer octets = *from_hex("0000" + std::string(fragment) + "01c00002011ae1");
    CHECK(parse_udp_header(octets).error().code == FaultCode::unsupported);
  }
}

TEST_CASE("an address of no kind is refused") {
  CHECK(parse_udp_header(*from_hex("00000002c00002011ae1")).error().code == FaultCode::malformed);
}
