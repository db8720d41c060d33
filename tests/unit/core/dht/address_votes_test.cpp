#include "core/dht/address_votes.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const auto ours = *IpAddress::parse("203.0.113.5");
const auto wrong = *IpAddress::parse("203.0.113.6");

Endpoint source(std::uint32_t number, std::uint16_t port = 1) {
  return {IpAddress::v4(0x05000000U + number), port};
}

}  // namespace

TEST_CASE("an address that enough sources name is ours") {
  AddressVotes votes;
  for (std::uint32_t i = 1; i < AddressVotes::quorum; ++i) CHECK_FALSE(votes.add(source(i), ours));
  CHECK_FALSE(votes.winner());
  CHECK(votes.add(source(100), ours));
  CHECK(votes.winner() == ours);
  CHECK_FALSE(votes.add(source(101), ours));
}

TEST_CASE("a source has one vote, whatever its port") {
  AddressVotes votes;
  for (std::uint16_t port = 1; port < 100; ++port) CHECK_FALSE(votes.add(source(1, port), ours));
  CHECK_FALSE(votes.winner());
}

TEST_CASE("fewer than half do not win") {
  AddressVotes votes;
  for (std::uint32_t i = 0; i < 8; ++i)
    CHECK_FALSE(votes.add(source(i), IpAddress::v4(0x08080800U + i)));
  for (std::uint32_t i = 8; i < 16; ++i) CHECK_FALSE(votes.add(source(i), wrong));
  CHECK_FALSE(votes.winner());
  CHECK(votes.add(source(16), wrong));
}

TEST_CASE("when we move, those who see it outvote what was") {
  AddressVotes votes;
  for (std::uint32_t i = 0; i < 100; ++i) votes.add(source(i), ours);
  std::uint32_t needed = 0;
  while (!votes.add(source(200 + needed), wrong)) REQUIRE(++needed < 100);
  CHECK(votes.winner() == wrong);
  CHECK(needed == AddressVotes::sources_max / 2);
}
