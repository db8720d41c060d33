#include "core/dht/peer_store.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{1000s};

Sha1 hash(std::uint32_t n) {
  ByteWriter text;
  text.u32(n);
  return sha1(text.bytes());
}
Endpoint peer(std::uint32_t n, std::uint16_t port = 6881) {
  return {IpAddress::v4(0x50000000 + n), port};
}
std::set<Endpoint> all_of(PeerStore& store, const Sha1& info_hash) {
  const auto peers = store.peers(info_hash, 10'000, false);
  return {peers.begin(), peers.end()};
}

}  // namespace

TEST_CASE("who announced is told to who asks") {
  PeerStore store(Rng(1));
  CHECK(store.announce(hash(1), peer(1), false, start));
  CHECK(store.announce(hash(1), peer(2), true, start));
  CHECK(store.announce(hash(2), peer(3), false, start));
  CHECK(all_of(store, hash(1)) == std::set{peer(1), peer(2)});
  CHECK(all_of(store, hash(2)) == std::set{peer(3)});
  CHECK(all_of(store, hash(3)).empty());
  CHECK(store.announces() == 3);
  CHECK(store.hashes() == 2);
  CHECK(store.peers_of(hash(1)) == 2);
  CHECK(store.peers_of(hash(3)) == 0);
  CHECK(store.knows(hash(1)));
  CHECK_FALSE(store.knows(hash(3)));
}

TEST_CASE("an address stands once under an info-hash, with its last port and flag") {
  PeerStore store(Rng(1));
  store.announce(hash(1), peer(1, 1000), false, start);
  store.announce(hash(1), peer(1, 2000), true, start + 1min);
  CHECK(all_of(store, hash(1)) == std::set{peer(1, 2000)});
  CHECK(store.announces() == 1);
  CHECK(store.peers(hash(1), 10, true).empty());
  const Endpoint local = *Endpoint::parse("127.0.0.1:1");
  const Endpoint local_too = *Endpoint::parse("127.0.0.1:2");
  store.announce(hash(2), local, false, start);
  store.announce(hash(2), local_too, false, start);
  CHECK(store.peers_of(hash(2)) == 2);
}

TEST_CASE("an announce expires after 45 minutes, unless it is made again") {
  PeerStore store(Rng(1));
  CHECK(store.deadline() == never);
  store.announce(hash(1), peer(1), false, start);
  store.announce(hash(1), peer(2), false, start);
  store.announce(hash(1), peer(1), false, start + 30min);
  CHECK(store.deadline() == start + 45min);
  store.expire(start + 45min - 1ns);
  CHECK(store.announces() == 2);
  store.expire(start + 45min);
  CHECK(all_of(store, hash(1)) == std::set{peer(1)});
  store.expire(start + 75min);
  CHECK(store.hashes() == 0);
  CHECK(store.deadline() == never);
}

TEST_CASE("peers are drawn by dice, each as often as the others, and none twice") {
  PeerStore store(Rng(1));
  for (std::uint32_t n = 0; n < 100; ++n) store.announce(hash(1), peer(n), n < 50, start);
  std::map<Endpoint, int> drawn;
  for (int i = 0; i < 1000; ++i) {
    const auto some = store.peers(hash(1), 10, false);
    REQUIRE(some.size() == 10);
    REQUIRE(std::set(some.begin(), some.end()).size() == 10);
    for (const auto& one : some) ++drawn[one];
  }
  CHECK(drawn.size() == 100);
  for (const auto& [endpoint, times] : drawn) CHECK((times > 50 && times < 160));
  const auto others = store.peers(hash(1), 1000, true);
  CHECK(others.size() == 50);
  CHECK(std::ranges::none_of(others, [](const Endpoint& one) { return one < peer(50); }));
}

TEST_CASE("of more than 500 peers of one info-hash the oldest goes") {
  PeerStore store(Rng(1));
  for (std::uint32_t n = 0; n < 600; ++n)
    CHECK(store.announce(hash(1), peer(n), false, start + n * 1s));
  CHECK(store.peers_of(hash(1)) == PeerStore::peers_per_hash_max);
  const auto left = all_of(store, hash(1));
  CHECK_FALSE(left.contains(peer(99)));
  CHECK(left.contains(peer(100)));
  CHECK(left.contains(peer(599)));
}

TEST_CASE("one source has so many info-hashes and no more, until they expire") {
  PeerStore store(Rng(1));
  constexpr auto most = static_cast<std::uint32_t>(PeerStore::hashes_per_source_max);
  for (std::uint32_t n = 0; n < most; ++n) CHECK(store.announce(hash(n), peer(1), false, start));
  CHECK_FALSE(store.announce(hash(most), peer(1), false, start));
  CHECK_FALSE(store.announce(hash(most), peer(1, 7), false, start));
  CHECK(store.announce(hash(5), peer(1), true, start));
  CHECK(store.announce(hash(most), peer(2), false, start));
  store.expire(start + 45min);
  CHECK(store.announce(hash(most), peer(1), false, start + 45min));
}

TEST_CASE("the computers of one IPv6 network share their places") {
  PeerStore store(Rng(1));
  const auto computer = [](int n) {
    return *Endpoint::parse("[2001:470:1:1::" + std::to_string(n + 1) + "]:6881");
  };
  for (int n = 0; n < 20; ++n) CHECK(store.announce(hash(1), computer(n), false, start));
  CHECK(store.peers_of(hash(1)) == PeerStore::peers_per_source_max);
  CHECK(all_of(store, hash(1)).contains(computer(19)));
  CHECK_FALSE(all_of(store, hash(1)).contains(computer(11)));
  // All of them count as one for the number of info-hashes.
  constexpr auto most = static_cast<std::uint32_t>(PeerStore::hashes_per_source_max);
  for (std::uint32_t n = 2; n <= most; ++n)
    CHECK(store.announce(hash(n), computer(0), false, start));
  CHECK_FALSE(store.announce(hash(most + 1), computer(1), false, start));
  CHECK(store.announce(hash(1), computer(1), false, start));
}

TEST_CASE("when all places are taken the oldest announce goes") {
  PeerStore store(Rng(1));
  constexpr auto most = static_cast<std::uint32_t>(PeerStore::announces_max);
  for (std::uint32_t n = 0; n < most + 10; ++n)
    CHECK(store.announce(hash(n / 64), peer(n), false, start));
  CHECK(store.announces() == PeerStore::announces_max);
  CHECK(store.peers_of(hash(0)) == 54);
  CHECK(store.peers_of(hash(1)) == 64);
}

TEST_CASE("a scrape tells seeds and others apart") {
  PeerStore store(Rng(1));
  for (std::uint32_t n = 0; n < 100; ++n) store.announce(hash(1), peer(n), n < 30, start);
  const auto filters = store.filters(hash(1));
  CHECK(filters.seeds.estimate() == Approx(30).margin(2));
  CHECK(filters.peers.estimate() == Approx(70).margin(3));
  CHECK(filters.seeds.may_contain(peer(29).address));
  CHECK(filters.peers.may_contain(peer(30).address));
  CHECK(store.filters(hash(2)) == PeerStore::Filters{});
}

TEST_CASE("a sample is of info-hashes that are there, none twice, and by dice") {
  PeerStore store(Rng(1));
  CHECK(store.sample(20).empty());
  std::set<Sha1> there;
  for (std::uint32_t n = 0; n < 100; ++n) {
    store.announce(hash(n), peer(n), false, start + n * 1s);
    if (n >= 40) there.insert(hash(n));
  }
  store.expire(start + 39s + 45min);
  REQUIRE(store.hashes() == 60);
  const auto everything = store.sample(1000);
  CHECK(std::set(everything.begin(), everything.end()) == there);
  std::set<Sha1> seen;
  for (int i = 0; i < 60; ++i) {
    const auto some = store.sample(20);
    CHECK(std::set(some.begin(), some.end()).size() == 20);
    seen.insert(some.begin(), some.end());
  }
  CHECK(seen == there);
}

TEST_CASE("a store agrees with a naive one whatever comes") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    PeerStore store(rng.fork());
    std::map<std::pair<Sha1, IpAddress>, std::pair<Endpoint, Instant>> model;
    Instant now = start;
    for (int step = 0; step < 2000; ++step) {
      now += rng.between(0s, 20s);
      const Sha1 info_hash = hash(static_cast<std::uint32_t>(rng.below(20)));
      const Endpoint from = peer(static_cast<std::uint32_t>(rng.below(50)),
                                 static_cast<std::uint16_t>(1 + rng.below(3)));
      REQUIRE(store.announce(info_hash, from, rng.below(2) == 0, now));
      model[{info_hash, from.address}] = {from, now};
      store.expire(now);
      std::erase_if(model, [&](const auto& one) { return one.second.second + 45min <= now; });
      std::set<Endpoint> right;
      for (const auto& [key, value] : model)
        if (key.first == info_hash) right.insert(value.first);
      REQUIRE(all_of(store, info_hash) == right);
      REQUIRE(store.announces() == model.size());
    }
  }
}
