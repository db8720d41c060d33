#include "core/wire/ext/ut_holepunch.h"

#include "tests/support/catch.h"

using namespace seed;
using wire::UtHolepunch;
using Kind = UtHolepunch::Kind;
using Error = UtHolepunch::Error;

namespace {

std::string hex_of(const UtHolepunch& message) {
  Buffer octets;
  message.encode(octets);
  return to_hex(octets);
}
Result<UtHolepunch> parsed(std::string_view hex) { return UtHolepunch::parse(*from_hex(hex)); }

const Endpoint v4 = *Endpoint::parse("192.0.2.1:6881");
const Endpoint v6 = *Endpoint::parse("[2001:db8::1]:6882");

}  // namespace

TEST_CASE("ut_holepunch messages are those of BEP 55") {
  const UtHolepunch rendezvous{Kind::rendezvous, v4, Error::none};
  CHECK(hex_of(rendezvous) == "0000c00002011ae100000000");
  CHECK(parsed("0000c00002011ae100000000") == rendezvous);
  const UtHolepunch connect{Kind::connect, v6, Error::none};
  CHECK(hex_of(connect) == "010120010db80000000000000000000000011ae200000000");
  CHECK(parsed(hex_of(connect)) == connect);
  const UtHolepunch error{Kind::error, v4, Error::no_support};
  CHECK(hex_of(error) == "0200c00002011ae100000003");
  CHECK(parsed(hex_of(error)) == error);
}

TEST_CASE("without an error the code may be missing, and means nothing") {
  CHECK(parsed("0000c00002011ae1") == UtHolepunch{Kind::rendezvous, v4, Error::none});
  CHECK(parsed("0100c00002011ae100000004") == UtHolepunch{Kind::connect, v4, Error::none});
  CHECK(hex_of({Kind::connect, v4, Error::no_self}) == "0100c00002011ae100000000");
  CHECK(parsed("0000c00002011ae100000000ff"));
  CHECK(parsed("0200c00002011ae1000000ff")->error == static_cast<Error>(255));
}

TEST_CASE("a message that is cut short is malformed, an unknown one unsupported") {
  for (const std::string_view cut :
       {"", "00", "0000", "0000c00002011a", "0200c00002011ae1", "0200c00002011ae1000000",
        "0001c00002011ae100000000", "010120010db80000000000000000000000011a"}) {
    INFO(cut);
    CHECK(parsed(cut).error().code == FaultCode::malformed);
  }
  CHECK(parsed("0300c00002011ae100000000").error().code == FaultCode::unsupported);
  CHECK(parsed("0002c00002011ae100000000").error().code == FaultCode::unsupported);
}
