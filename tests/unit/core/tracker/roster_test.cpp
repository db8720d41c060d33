#include "core/tracker/roster.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("ids are kept for URLs that stay and drawn anew for others") {
  Rng rng(1);
  TrackerIds ids;
  Roster roster;
  roster.assign({{"http://a/"}, {"http://b/"}}, ids, rng);
  const TrackerId a = roster.find("http://a/")->id;
  const TrackerId b = roster.find("http://b/")->id;
  roster.assign({{"http://c/"}, {"http://a/"}}, ids, rng);
  CHECK(roster.find("http://a/")->id == a);
  CHECK(roster.find("http://a/")->tier == 1);
  CHECK(roster.find("http://c/")->id.value > b.value);
  CHECK(roster.find(b)->removed);
  CHECK(roster.find("http://b/") == nullptr);
}

TEST_CASE("a URL that comes twice counts once and an empty tier is none") {
  Rng rng(1);
  TrackerIds ids;
  Roster roster;
  roster.assign({{"http://a/", "http://a/"}, {}, {"http://a/"}, {"http://b/"}}, ids, rng);
  CHECK(roster.rows().size() == 2);
  CHECK(roster.tiers().size() == 2);
  CHECK(roster.find("http://b/")->tier == 1);
}

TEST_CASE("a list is cut at the bound") {
  Rng rng(1);
  TrackerIds ids;
  Roster roster;
  TierList list(1);
  for (int i = 0; i < 1000; ++i) list[0].push_back("http://t" + std::to_string(i) + "/");
  roster.assign(list, ids, rng);
  CHECK(roster.rows().size() == limits::trackers_per_torrent_max);
}

TEST_CASE("only schemes that we speak are supported") {
  Rng rng(1);
  TrackerIds ids;
  Roster roster;
  roster.assign({{"http://a/x", "https://a/x", "udp://a:1", "udp://a", "wss://a/x", "rubbish"}},
                ids, rng);
  CHECK(roster.find("http://a/x")->supported);
  CHECK(roster.find("https://a/x")->supported);
  CHECK(roster.find("udp://a:1")->supported);
  for (const char* url : {"udp://a", "wss://a/x", "rubbish"}) {
    CHECK_FALSE(roster.find(url)->supported);
    CHECK(facts_of(*roster.find(url)).announce.result == "Unsupported tracker URL");
  }
}

TEST_CASE("a row shows where its tracker is") {
  Rng rng(1);
  TrackerIds ids;
  Roster roster;
  roster.assign({{"http://tracker.example.co.uk/announce?k=1"}}, ids, rng);
  const TrackerFacts facts = facts_of(roster.rows().begin()->second);
  CHECK(facts.host == "tracker.example.co.uk:80");
  CHECK(facts.site_name == "example");
  CHECK(facts.scrape_url == "http://tracker.example.co.uk/scrape?k=1");
}
