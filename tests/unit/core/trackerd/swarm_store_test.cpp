#include "core/trackerd/swarm_store.h"

#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

using Names = std::set<std::string>;

TEST_CASE("who announces hears of the others of its swarm and is counted") {
  StoreBench bench;
  CHECK(bench.hears(from("192.0.2.1:1")).empty());
  CHECK(bench.told.counts == SwarmCounts{0, 1, 0});
  CHECK(bench.hears(from("192.0.2.2:2", Event::started, true)) == Names{"192.0.2.1:1"});
  CHECK(bench.told.counts == SwarmCounts{1, 1, 0});
  CHECK(bench.hears(from("192.0.2.1:1")) == Names{"192.0.2.2:2"});
  Announce elsewhere = from("192.0.2.3:3");
  elsewhere.info_hash = torrent(2);
  CHECK(bench.hears(elsewhere).empty());
  CHECK(bench.store.counts(torrent(1)) == SwarmCounts{1, 1, 0});
  CHECK(bench.store.counts(torrent(2)) == SwarmCounts{0, 1, 0});
  CHECK(bench.store.counts(torrent(3)) == SwarmCounts{});
  CHECK(bench.store.totals().swarms == 2);
  CHECK(bench.store.totals().peers == std::array<std::size_t, 2>{3, 0});
  CHECK(bench.store.totals().seeds == std::array<std::size_t, 2>{1, 0});
}

TEST_CASE("a seed hears of no seeds") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1", Event::none, true));
  bench.announce(from("192.0.2.2:2"));
  CHECK(bench.hears(from("192.0.2.3:3", Event::none, true)) == Names{"192.0.2.2:2"});
  // And is a seed no more when it says so.
  CHECK(bench.hears(from("192.0.2.1:1")) == Names{"192.0.2.2:2", "192.0.2.3:3"});
  CHECK(bench.told.counts == SwarmCounts{1, 2, 0});
}

TEST_CASE("who stops is gone, hears the counts alone, and leaves no empty swarm") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1"));
  bench.announce(from("192.0.2.2:2", Event::none, true));
  CHECK(bench.hears(from("192.0.2.1:1", Event::stopped)).empty());
  CHECK(bench.told.counts == SwarmCounts{1, 0, 0});
  CHECK(bench.announce(from("192.0.2.9:9", Event::stopped)).empty());  // never was there
  CHECK(bench.told.counts == SwarmCounts{1, 0, 0});
  bench.announce(from("192.0.2.2:2", Event::stopped));
  CHECK(bench.store.totals().swarms == 0);
  CHECK(bench.store.deadline() == never);
  bench.announce(from("192.0.2.2:2", Event::stopped));
  CHECK(bench.store.totals().swarms == 0);
}

TEST_CASE("a download is counted once a peer, when it has all") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1"));
  bench.announce(from("192.0.2.1:1", Event::completed, false));
  CHECK(bench.told.counts == SwarmCounts{0, 1, 0});
  bench.announce(from("192.0.2.1:1", Event::completed, true));
  CHECK(bench.told.counts == SwarmCounts{1, 0, 1});
  bench.announce(from("192.0.2.1:1", Event::completed, true));
  CHECK(bench.told.counts == SwarmCounts{1, 0, 1});
  bench.announce(from("192.0.2.2:1", Event::completed, true));
  CHECK(bench.told.counts == SwarmCounts{2, 0, 2});
}

TEST_CASE("each family has its own list, and hears of the other's last and if it likes") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1"));
  bench.announce(from("192.0.2.2:2"));
  bench.announce(from("[2001:db8::1]:1"));
  CHECK(bench.told.counts == SwarmCounts{0, 3, 0});
  CHECK(bench.hears(from("[2001:db8:1::2]:2")) == Names{"[2001:db8::1]:1"});
  bench.wanted.both_families = true;
  CHECK(bench.hears(from("[2001:db8:1::2]:2")) ==
        Names{"192.0.2.1:1", "192.0.2.2:2", "[2001:db8::1]:1"});
  bench.wanted.peers = 1;
  CHECK(bench.hears(from("[2001:db8:1::2]:2")) == Names{"[2001:db8::1]:1"});
  CHECK(bench.hears(from("192.0.2.1:1")) == Names{"192.0.2.2:2"});
  bench.wanted.peers = 2;
  CHECK(bench.hears(from("192.0.2.1:1")).size() == 2);
  CHECK(bench.told.peers6.size() == 18);
  CHECK(bench.store.totals().peers == std::array<std::size_t, 2>{2, 2});
}

TEST_CASE("nobody hears of itself at another address") {
  StoreBench bench;
  bench.wanted.both_families = true;
  Announce other = from("[2001:db8::1]:1");
  other.peer_id = from("192.0.2.1:1").peer_id;
  bench.announce(other);
  CHECK(bench.hears(from("192.0.2.1:1")).empty());
  CHECK(bench.hears(from("192.0.2.2:1")).size() == 2);
}

TEST_CASE("peer ids are told beside the endpoints where they are wanted") {
  StoreBench bench;
  bench.wanted.both_families = true;
  bench.announce(from("192.0.2.1:1"));
  bench.announce(from("[2001:db8::1]:1"));
  bench.announce(from("192.0.2.2:2"));
  CHECK(bench.told.ids4.empty());
  bench.wanted.ids = true;
  bench.announce(from("192.0.2.2:2"));
  CHECK(equal(bench.told.ids4, id_of("192.0.2.1:1").bytes()));
  CHECK(equal(bench.told.ids6, id_of("[2001:db8::1]:1").bytes()));
}

TEST_CASE("a peer that comes back at another port with its id takes its old place") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1", Event::completed, true));
  Announce moved = from("192.0.2.1:7", Event::none, true);
  moved.peer_id = id_of("192.0.2.1:1");
  CHECK(bench.announce(moved).empty());
  CHECK(bench.hears(from("192.0.2.2:2")) == Names{"192.0.2.1:7"});
  CHECK(bench.told.counts == SwarmCounts{1, 1, 1});
  // So does one at another address of its /64, but not at an address of another line.
  bench.announce(from("[2001:db8::1]:1"));
  for (const auto* address : {"[2001:db8::99]:1", "[2001:db8:0:1::99]:1"}) {
    moved.peer = *Endpoint::parse(address);
    moved.peer_id = id_of("[2001:db8::1]:1");
    bench.announce(moved);
  }
  CHECK(bench.store.totals().peers[1] == 2);
  CHECK(bench.hears(from("[2001:db8:7::1]:1")) ==
        Names{"[2001:db8::99]:1", "[2001:db8:0:1::99]:1"});
}

TEST_CASE("who announces too early hears of few, unless something has happened") {
  StoreBench bench;
  bench.wanted.early = 5min;
  bench.wanted.peers_if_early = 2;
  for (char port = '1'; port <= '9'; ++port) bench.announce(from(std::string("192.0.2.1:") + port));
  const Announce again = from("192.0.2.2:1");
  CHECK(bench.announce(again).empty());
  CHECK(endpoints_in(bench.told).size() == 9);
  CHECK(bench.announce(again, start + 60s) == "early");
  CHECK(endpoints_in(bench.told).size() == 2);
  CHECK(bench.told.counts.leechers == 10);
  CHECK(bench.announce(from("192.0.2.2:1", Event::completed, true), start + 90s).empty());
  CHECK(endpoints_in(bench.told).size() == 9);
  // It counts from the announce before, not from the first.
  CHECK(bench.announce(again, start + 90s + 4min) == "early");
  CHECK(bench.announce(again, start + 90s + 9min).empty());
  bench.wanted.peers = 1;
  CHECK(bench.hears(again, start + 90s + 9min).size() == 1);
}

TEST_CASE("a source has but so many peers in a swarm: its oldest gives way") {
  SwarmStore::Bounds bounds;
  bounds.peers_per_source_in_swarm_max = 3;
  bounds.peers_per_private_source_in_swarm_max = 4;
  StoreBench bench(bounds);
  for (int i = 1; i <= 5; ++i)
    CHECK(bench.announce(from("192.0.2.1:" + std::to_string(i)), start + i * 10s).empty());
  CHECK(bench.hears(from("192.0.2.2:2")) == Names{"192.0.2.1:3", "192.0.2.1:4", "192.0.2.1:5"});
  CHECK(bench.store.totals().replaced == 2);
  // All of a /64 are one source, and those of another line are not.
  for (int i = 1; i <= 5; ++i) bench.announce(from("[2001:db8::" + std::to_string(i) + "]:1"));
  bench.announce(from("[2001:db8:0:1::1]:1"));
  CHECK(bench.store.totals().peers[1] == 4);
  for (int i = 1; i <= 6; ++i) bench.announce(from("127.0.0.1:" + std::to_string(i)));
  CHECK(bench.store.totals().peers[0] == 4 + 4);
  // Here they are as many sources as addresses.
  for (int i = 1; i <= 6; ++i) bench.announce(from("[fd00::" + std::to_string(i) + "]:1"));
  CHECK(bench.store.totals().peers[1] == 4 + 6);
}

TEST_CASE("a source has but so many peers in all, and gets its places back") {
  SwarmStore::Bounds bounds;
  bounds.peers_per_source_max = 2;
  StoreBench bench(bounds);
  const auto in_torrent = [](std::uint32_t number, std::string_view endpoint, Event event) {
    Announce out = from(endpoint, event);
    out.info_hash = torrent(number);
    return out;
  };
  CHECK(bench.announce(in_torrent(1, "192.0.2.1:1", Event::none)).empty());
  CHECK(bench.announce(in_torrent(2, "192.0.2.1:1", Event::none)).empty());
  CHECK(bench.announce(in_torrent(3, "192.0.2.1:1", Event::none)) == "refused 3");
  CHECK(bench.store.totals().swarms == 2);
  CHECK(bench.announce(in_torrent(2, "192.0.2.1:1", Event::none)).empty());
  CHECK(bench.announce(in_torrent(3, "192.0.2.2:1", Event::none)).empty());
  bench.announce(in_torrent(1, "192.0.2.1:1", Event::stopped));
  CHECK(bench.announce(in_torrent(3, "192.0.2.1:1", Event::none)).empty());
}

TEST_CASE("a full swarm takes newcomers for old ones") {
  SwarmStore::Bounds bounds;
  bounds.peers_per_swarm_max = 20;
  StoreBench bench(bounds);
  for (int i = 1; i <= 20; ++i) bench.announce(from("192.0.2." + std::to_string(i) + ":1"), start);
  for (int i = 1; i <= 20; ++i)
    CHECK(bench.announce(from("198.51.100." + std::to_string(i) + ":1"), start + 10min).empty());
  CHECK(bench.peers() == 20);
  CHECK(bench.store.totals().replaced == 20);
  bench.wanted.peers = 100;
  std::size_t old = 0;
  for (const auto& name : bench.hears(from("198.51.100.20:1"), start + 10min))
    if (name.starts_with("192")) ++old;
  // The oldest of eight by dice: few of the old are left.
  CHECK(old <= 3);
  // One family does not push out the other.
  CHECK(bench.announce(from("[2001:db8::1]:1")).empty());
  CHECK(bench.peers() == 21);
}

TEST_CASE("a full store refuses newcomers, but not who is there") {
  SwarmStore::Bounds bounds;
  bounds.peers_max = 3;
  bounds.swarms_max = 2;
  StoreBench bench(bounds);
  Announce second = from("192.0.2.1:1");
  second.info_hash = torrent(2);
  Announce third = second;
  third.info_hash = torrent(3);
  CHECK(bench.announce(from("192.0.2.1:1")).empty());
  CHECK(bench.announce(second).empty());
  CHECK(bench.announce(third) == "refused 1");
  CHECK(bench.announce(from("[2001:db8::1]:1")).empty());
  CHECK(bench.announce(from("192.0.2.3:1")) == "refused 2");
  CHECK(bench.announce(from("192.0.2.1:1")).empty());
  CHECK(bench.announce(third) == "refused 1");
  bench.announce(from("192.0.2.1:1", Event::stopped));
  CHECK(bench.announce(from("192.0.2.3:1")).empty());
}

TEST_CASE("a swarm whose only peer gives way to a newcomer goes on") {
  SwarmStore::Bounds bounds;
  bounds.peers_per_source_in_swarm_max = 1;
  bounds.swarms_max = 1;
  StoreBench bench(bounds);
  CHECK(bench.announce(from("192.0.2.1:1")).empty());
  CHECK(bench.announce(from("192.0.2.1:2")).empty());
  CHECK(bench.hears(from("192.0.2.2:1")) == Names{"192.0.2.1:2"});
  CHECK(bench.store.totals().swarms == 1);
  CHECK(bench.store.deadline() != never);
}
