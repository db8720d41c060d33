#include "core/tracker/tiers.h"

#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("the trackers of a tier are shuffled and tiers keep their order") {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    Tiers tiers;
    tiers.assign({{{1}, {2}, {3}}, {{4}}}, rng);
    first.insert(tiers.tiers()[0][0].value);
    REQUIRE(tiers.tiers()[1] == std::vector<TrackerId>{{4}});
  }
  CHECK(first == std::set<std::uint32_t>{1, 2, 3});
}

TEST_CASE("a tracker that works moves to the front of its tier") {
  Rng rng(1);
  Tiers tiers;
  tiers.assign({{{1}}, {{2}, {3}, {4}}}, rng);
  const auto before = tiers.tiers()[1];
  tiers.promote(before[2]);
  CHECK(tiers.tiers()[1] == std::vector<TrackerId>{before[2], before[0], before[1]});
  CHECK(tiers.tiers()[0] == std::vector<TrackerId>{{1}});
  tiers.promote({99});
}

TEST_CASE("trackers known before keep their order in front of new ones") {
  Rng rng(1);
  Tiers tiers;
  tiers.assign({{{1}, {2}, {3}}}, rng);
  tiers.promote({3});
  tiers.promote({1});
  tiers.assign({{{2}, {7}, {3}, {1}}, {{9}}}, rng);
  const auto& first = tiers.tiers()[0];
  CHECK(first[0] == TrackerId{1});
  CHECK(first[1] == TrackerId{3});
  CHECK(first[2] == TrackerId{2});
  CHECK(first[3] == TrackerId{7});
  CHECK(tiers.count() == 2);
}
