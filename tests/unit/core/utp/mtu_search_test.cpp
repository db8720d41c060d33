#include "core/utp/mtu_search.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

const IpAddress v4 = *IpAddress::parse("192.0.2.1");
const IpAddress v6 = *IpAddress::parse("2001:db8::1");

/// Probes until it is done, over a path of so much UDP payload; how many were sent.
int search(MtuSearch& search, std::size_t path) {
  int probes = 0;
  while (!search.done()) {
    const std::size_t size = search.wanted();
    REQUIRE(size > search.packet_bytes());
    search.on_sent();
    CHECK(search.wanted() == 0);
    ++probes;
    size <= path ? search.on_acked() : search.on_lost();
    REQUIRE(probes < 40);
  }
  return probes;
}

}  // namespace

TEST_CASE("one probe finds that a path is as large as Ethernet") {
  MtuSearch four(v4);
  CHECK(four.packet_bytes() == 548);
  CHECK(four.wanted() == 1472);
  CHECK(search(four, 1472) == 1);
  CHECK(four.packet_bytes() == 1472);
  MtuSearch six(v6);
  CHECK(six.packet_bytes() == 1232);
  CHECK(search(six, 1452) == 1);
  CHECK(six.packet_bytes() == 1452);
}

TEST_CASE("halves find any other path, and never more than it takes") {
  for (std::size_t path = 548; path <= 1472; path += 7) {
    MtuSearch four(v4);
    search(four, path);
    CHECK(four.packet_bytes() <= path);
    CHECK(path - four.packet_bytes() <= MtuSearch::precision + 1);
  }
}

TEST_CASE("one probe lost by chance says nothing") {
  MtuSearch four(v4);
  four.on_sent();
  four.on_lost();
  CHECK(four.wanted() == 1472);
  four.on_sent();
  four.on_acked();
  CHECK(four.packet_bytes() == 1472);
}

TEST_CASE("what the system refuses is too large at once") {
  MtuSearch four(v4);
  four.on_refused();
  CHECK(four.wanted() == 1472);
  four.on_sent();
  four.on_refused();
  CHECK(four.wanted() < 1472);
  CHECK(four.wanted() > 548);
}

TEST_CASE("answers to no probe are nothing") {
  MtuSearch four(v4);
  four.on_acked();
  four.on_lost();
  four.on_lost();
  CHECK(four.wanted() == 1472);
  CHECK(four.packet_bytes() == 548);
}
