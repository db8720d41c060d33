#include "core/socks/address.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::socks;

namespace {

std::string encoded(const Address& address) {
  Buffer out;
  append_address(out, address);
  return to_hex(out);
}

Result<Address> read(std::string_view hex) {
  const Buffer octets = *from_hex(hex);
  ByteReader in(octets);
  return read_address(in);
}

}  // namespace

TEST_CASE("addresses have RFC 1928's shape") {
  CHECK(encoded(*Endpoint::parse("192.0.2.1:80")) == "01c00002010050");
  CHECK(encoded(*Endpoint::parse("[2001:db8::1]:80")) == "0420010db80000000000000000000000010050");
  CHECK(encoded(HostName{"example.org", 443}) == "030b6578616d706c652e6f726701bb");
}

TEST_CASE("addresses are read as they are written") {
  for (const Address& address :
       {Address(*Endpoint::parse("192.0.2.1:80")), Address(*Endpoint::parse("[2001:db8::1]:80")),
        Address(HostName{"example.org", 443}), Address(HostName{std::string(255, 'x'), 0})}) {
    Buffer out;
    append_address(out, address);
    CHECK(out.size() <= address_bytes_max);
    CHECK(address_bytes(out[0], out[1]) == out.size());
    ByteReader in(out);
    CHECK(read_address(in) == address);
    CHECK(in.done());
    for (std::size_t size = 0; size < out.size(); ++size) {
      ByteReader cut(Bytes(out).first(size));
      const auto part = read_address(cut);
      REQUIRE_FALSE(part);
      CHECK(part.error().code == FaultCode::malformed);
    }
  }
}

TEST_CASE("a type that there is not is no address") {
  for (const auto* hex : {"00c00002010050", "02c00002010050", "05c00002010050", "ff00"}) {
    CHECK(read(hex).error().code == FaultCode::malformed);
    const Buffer octets = *from_hex(hex);
    CHECK(address_bytes(octets[0], octets[1]) == 0);
  }
}

TEST_CASE("a name has an octet and none that is zero") {
  CHECK(read("03000050").error().code == FaultCode::malformed);
  CHECK(read("030300610050").error().code == FaultCode::malformed);
  CHECK(read("0303610062"
             "0050")
            .error()
            .text == "a name of no host");
  CHECK(address_bytes(3, 0) == 0);
  CHECK_FALSE(is_encodable(HostName{"", 80}));
  CHECK_FALSE(is_encodable(HostName{std::string("a\0b", 3), 80}));
  CHECK_FALSE(is_encodable(HostName{std::string(256, 'x'), 80}));
  CHECK(is_encodable(HostName{"x", 0}));
  CHECK(is_encodable(Endpoint{}));
}

TEST_CASE("an address that is mapped into IPv6 is one of IPv4") {
  CHECK(read("0400000000000000000000ffffc00002010050") ==
        Address(*Endpoint::parse("192.0.2.1:80")));
}

TEST_CASE("addresses are shown with their port") {
  CHECK(to_string(*Endpoint::parse("[2001:db8::1]:80")) == "[2001:db8::1]:80");
  CHECK(to_string(HostName{"example.org", 443}) == "example.org:443");
}
