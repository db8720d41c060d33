#include "core/wire/ext/extended_handshake.h"

#include "tests/support/catch.h"

using namespace seed;
using wire::ExtendedHandshake;
using wire::Extension;

TEST_CASE("the extended handshake of BEP 10 is understood") {
  const auto parsed = ExtendedHandshake::parse(
      as_bytes("d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e"));
  REQUIRE(parsed);
  CHECK(parsed->ids[std::to_underlying(Extension::ut_pex)] == 2);
  CHECK_FALSE(parsed->ids[std::to_underlying(Extension::ut_metadata)]);
  CHECK(parsed->port == 6881);
  CHECK(parsed->client == "\xc2\xb5Torrent 1.2");
}

TEST_CASE("an extended handshake comes back as it was sent") {
  ExtendedHandshake sent;
  sent.ids[std::to_underlying(Extension::ut_metadata)] = 2;
  sent.ids[std::to_underlying(Extension::ut_pex)] = 0;
  sent.client = "seedd 0.1.0";
  sent.reqq = 512;
  sent.port = 51413;
  sent.yourip = IpAddress::parse("192.0.2.1");
  sent.ipv4 = IpAddress::parse("192.0.2.2");
  sent.ipv6 = IpAddress::parse("2001:db8::2");
  sent.metadata_size = 12345;
  sent.upload_only = true;
  Buffer octets;
  sent.encode(octets);
  CHECK(ExtendedHandshake::parse(octets) == sent);
  CHECK(as_text(octets).starts_with("d4:ipv44:\xc0"));
}

TEST_CASE("an IPv4 address in the place of the IPv6 one is as if it were not there") {
  std::string mapped("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
  const auto parsed = ExtendedHandshake::parse(as_bytes("d4:ipv616:" + mapped + "e"));
  REQUIRE(parsed);
  CHECK_FALSE(parsed->ipv6);
  Buffer octets;
  parsed->encode(octets);
  CHECK(ExtendedHandshake::parse(octets) == parsed);
}

TEST_CASE("fields of the wrong type or out of range are as if they were not there") {
  const auto parsed = ExtendedHandshake::parse(as_bytes(
      "d4:ipv43:abc1:mi3e13:metadata_sizei99999999e1:pi0e4:reqqi-1e11:upload_only1:x1:vi1e6:yourip"
      "5:abcdee"));
  REQUIRE(parsed);
  CHECK(*parsed == ExtendedHandshake{});
}

TEST_CASE("an id of an extension that is no octet is left out") {
  const auto parsed = ExtendedHandshake::parse(as_bytes("d1:md11:ut_metadatai256e6:ut_pexi-1eee"));
  REQUIRE(parsed);
  CHECK(*parsed == ExtendedHandshake{});
}

TEST_CASE("an extended handshake that is no dictionary is malformed") {
  for (const std::string_view text : {"", "le", "i1e", "d1:m", "de1"}) {
    const auto parsed = ExtendedHandshake::parse(as_bytes(text));
    if (text == "de1") {
      CHECK(parsed);  // octets behind the dictionary are padding
    } else {
      CHECK_FALSE(parsed);
    }
  }
}

TEST_CASE("a later extended handshake leaves what it does not name") {
  ExtendedHandshake known;
  known.ids[0] = 5;
  known.reqq = 100;
  ExtendedHandshake later;
  later.ids[0] = 0;
  later.port = 1;
  known.merge(later);
  CHECK(known.ids[0] == 0);
  CHECK(known.reqq == 100);
  CHECK(known.port == 1);
}
