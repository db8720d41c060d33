#include "core/session/tracker_counts.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::session;

TEST_CASE("announces and scrapes are counted by the tracker's host, errors apart") {
  TrackerCounts counts;
  counts.on_announce("a.example:80", false);
  counts.on_announce("a.example:80", true);
  counts.on_scrape("a.example:80", true);
  counts.on_announce("b.example:80", false);
  const auto facts = counts.facts();
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].host == "a.example:80");
  CHECK(facts[0].announces == 2);
  CHECK(facts[0].announce_errors == 1);
  CHECK(facts[0].scrapes == 1);
  CHECK(facts[0].scrape_errors == 1);
  CHECK(facts[1].announces == 1);
}

TEST_CASE("hosts beyond the bound are counted together") {
  TrackerCounts counts;
  for (std::size_t i = 0; i < TrackerCounts::hosts_max + 3; ++i)
    counts.on_announce(fmt::format("{}.example:80", i), i % 2 == 0);
  counts.on_announce("0.example:80", false);
  const auto facts = counts.facts();
  REQUIRE(facts.size() == TrackerCounts::hosts_max + 1);
  CHECK(facts.back().host == "other");
  CHECK(facts.back().announces == 3);
  CHECK(facts.front().announces == 2);
}
