#include "core/base/endpoint.h"

#include <set>

#include "tests/support/catch.h"

namespace seed {
namespace {

std::string canonical(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "(none)";
}

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST_CASE("addresses are written as RFC 5952 wants them") {
  CHECK(canonical("192.0.2.1") == "192.0.2.1");
  CHECK(canonical("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
  CHECK(canonical("[2001:db8::1]") == "2001:db8::1");
  CHECK(canonical("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");
  CHECK(canonical("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");
  CHECK(canonical("::") == "::");
}

TEST_CASE("a mapped address is IPv4") {
  CHECK(canonical("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(ip("::ffff:192.0.2.1") == ip("192.0.2.1"));
  CHECK(IpAddress::from_octets(*from_hex("00000000000000000000ffffc0000201"))->is_v4());
}

TEST_CASE("what is no address is refused") {
  for (const std::string_view text :
       {"", "example", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.1.1.1", " 1.2.3.4",
        "1.2.3.4 ", "[1.2.3.4]", "[::1", "::1]", "[]", "fe80::1%eth0", ":::", "1::2::3", "127.1"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(IpAddress::parse(text));
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
  CHECK_FALSE(IpAddress::parse(std::string(5000, '1')));
  CHECK_FALSE(IpAddress::from_octets(Buffer(5)));
}

TEST_CASE("addresses know their kind") {
  CHECK(IpAddress().is_unspecified());
  CHECK(IpAddress::any_v6().is_unspecified());
  CHECK(IpAddress::any_v6().is_v6());
  CHECK(IpAddress::v4(0x7f000001) == ip("127.0.0.1"));
  CHECK(ip("127.9.9.9").is_loopback());
  CHECK(ip("::1").is_loopback());
  CHECK_FALSE(ip("::2").is_loopback());
  for (const auto* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.0.1",
                           "127.0.0.1", "::1", "fe80::1", "febf::1", "fc00::1", "fdff::1"}) {
    CAPTURE(text);
    CHECK(ip(text).is_private());
  }
  for (const auto* text : {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "8.8.8.8",
                           "2001:db8::1", "fec0::1", "fe00::1"}) {
    CAPTURE(text);
    CHECK_FALSE(ip(text).is_private());
  }
  CHECK(ip("224.0.0.1").is_multicast());
  CHECK(ip("239.192.152.143").is_multicast());
  CHECK(ip("ff15::efc0:988f").is_multicast());
  CHECK_FALSE(ip("240.0.0.1").is_multicast());
}

TEST_CASE("one line has one IPv4 address, and a /64 of IPv6") {
  const auto same = [](const char* one, const char* other) {
    return same_holder(*IpAddress::parse(one), *IpAddress::parse(other));
  };
  CHECK(same("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(same("192.0.2.1", "192.0.2.2"));
  CHECK(same("2001:db8::1", "2001:db8::ffff:0:0:2"));
  CHECK_FALSE(same("2001:db8::1", "2001:db8:0:1::1"));
  CHECK_FALSE(same("192.0.2.1", "2001:db8::1"));
  // Our own network is one /64, and everybody in it a host.
  CHECK_FALSE(same("fd00::1", "fd00::2"));
  CHECK(same("fd00::1", "fd00::1"));
}

TEST_CASE("endpoints come back as they were written") {
  for (const auto* text : {"192.0.2.1:6881", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    CAPTURE(text);
    CHECK(Endpoint::parse(text).value().to_string() == text);
  }
  for (const auto* text :
       {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:+1", "192.0.2.1:1x",
        "2001:db8::1:80", "[2001:db8::1]", "host:80", "192.0.2.1:000001", "[192.0.2.1]:1"}) {
    CAPTURE(text);
    CHECK_FALSE(Endpoint::parse(text));
  }
}

TEST_CASE("compact endpoints have 6 or 18 octets") {
  Buffer out;
  append_compact(out, *Endpoint::parse("192.0.2.1:6881"));
  CHECK(to_hex(out) == "c00002011ae1");
  CHECK(from_compact(out) == Endpoint::parse("192.0.2.1:6881"));
  out.clear();
  append_compact(out, *Endpoint::parse("[2001:db8::1]:258"));
  CHECK(to_hex(out) == "20010db80000000000000000000000010102");
  CHECK(from_compact(out) == Endpoint::parse("[2001:db8::1]:258"));
  CHECK_FALSE(from_compact(Bytes(out).first(17)));
  CHECK_FALSE(from_compact({}));
}

TEST_CASE("equal endpoints hash alike and neighbours do not") {
  std::set<std::size_t> seen;
  for (std::uint32_t host = 0; host < 100; ++host)
    for (std::uint16_t port = 0; port < 100; ++port)
      seen.insert(EndpointHash{}(Endpoint{IpAddress::v4(host), port}));
  CHECK(seen.size() == 10'000);
  CHECK(EndpointHash{}(ip("::ffff:1.2.3.4")) == EndpointHash{}(ip("1.2.3.4")));
}

}  // namespace
}  // namespace seed
