// What miniupnpd 2.3.1 of Debian 12 answered in a network namespace, octet by octet: a router at
// 192.168.77.1 with the external address 203.0.114.5, its client at 192.168.77.2.
#include "core/portmap/nat_pmp.h"
#include "core/portmap/pcp.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::portmap;

namespace {

constexpr pcp::Nonce nonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr LocalPort tcp{Protocol::tcp, 6881};
constexpr LocalPort udp{Protocol::udp, 6881};
const IpAddress external = *IpAddress::parse("203.0.114.5");

Buffer octets(std::string_view hex) { return *from_hex(hex); }

pcp::MapRequest request(std::chrono::seconds lifetime) {
  return {*IpAddress::parse("192.168.77.2"), nonce, tcp, {IpAddress::any_v4(), 6881}, lifetime};
}

}  // namespace

TEST_CASE("miniupnpd's NAT-PMP is asked and understood") {
  CHECK(nat_pmp::encode_address_request() == octets("0000"));
  const auto address = nat_pmp::parse(octets("0080000000000004cb007205"));
  REQUIRE(address);
  CHECK(address->external == external);
  CHECK(address->epoch == 4);
  CHECK(nat_pmp::encode_map(tcp, 6881, 1200s) == octets("000200001ae11ae1000004b0"));
  CHECK(nat_pmp::parse(octets("00820000000000041ae11ae1000004b0")) ==
        nat_pmp::Answer{Protocol::tcp, nat_pmp::Outcome::success, 4, {}, 6881, 6881, 1200s});
  CHECK(nat_pmp::encode_map(udp, 6881, 1200s) == octets("000100001ae11ae1000004b0"));
  CHECK(nat_pmp::parse(octets("00810000000000041ae11ae1000004b0")) ==
        nat_pmp::Answer{Protocol::udp, nat_pmp::Outcome::success, 4, {}, 6881, 6881, 1200s});
  // Taken back.
  CHECK(nat_pmp::encode_map(tcp, 0, 0s) == octets("000200001ae1000000000000"));
  CHECK(nat_pmp::parse(octets("00820000000000041ae1000000000000")) ==
        nat_pmp::Answer{Protocol::tcp, nat_pmp::Outcome::success, 4, {}, 6881, 0, 0s});
}

TEST_CASE("miniupnpd's PCP is asked and understood") {
  CHECK(pcp::encode_map(request(1200s)) ==
        octets("02010000000004b000000000000000000000ffffc0a84d02"
               "0102030405060708090a0b0c060000001ae11ae100000000000000000000ffff00000000"));
  const auto made = pcp::parse(
      octets("02810000000004b000000004000000000000000000000000"
             "0102030405060708090a0b0c060000001ae11ae100000000000000000000ffffcb007205"));
  REQUIRE(made);
  CHECK(*made ==
        pcp::Answer{pcp::Outcome::success, 1200s, 4, pcp::MapAnswer{nonce, tcp, {external, 6881}}});
  const auto announced = pcp::parse(octets("028000000000000000000004000000000000000000000000"));
  REQUIRE(announced);
  CHECK_FALSE(announced->map);
}

TEST_CASE("miniupnpd's refusals are understood") {
  // Of a mapping that another nonce made.
  const auto foreign =
      pcp::parse(octets("0281000200000000000000040000000000000000000000000102030405060708090a0b0c"
                        "060000001ae11ae100000000000000000000ffffcb007205"));
  REQUIRE(foreign);
  CHECK(foreign->outcome == pcp::Outcome::not_authorized);
  CHECK(foreign->map->nonce == nonce);
  // Of a request that names another address than it comes from.
  const auto mismatch =
      pcp::parse(octets("0281000c00000000000000040000000000000000000000000102030405060708090a0b0c"
                        "060000001ae11ae100000000000000000000ffff00000000"));
  REQUIRE(mismatch);
  CHECK(mismatch->outcome == pcp::Outcome::address_mismatch);
  CHECK(nat_pmp::parse(octets("0089000500000004")) == std::nullopt);
  // Of version 3: it speaks 2.
  CHECK(pcp::parse_version_refusal(
            octets("0281000100000000000000040000000000000000000000000102030405060708090a0b0c"
                   "060000000000000000000000000000000000ffff00000000")) == pcp::version);
}
