#include "core/swarm/pex.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

LinkId link(std::uint32_t n) { return {n, 1}; }
Endpoint v4(std::uint32_t n) { return {IpAddress::v4(0x50000000 + n), 6881}; }
Endpoint v6(std::uint8_t n) {
  std::array<std::uint8_t, 16> octets{0x2a, 0x00};
  octets[15] = n;
  return {*IpAddress::from_octets(octets), 6881};
}
const IpAddress outside = *IpAddress::parse("8.8.8.8");

struct Heard {
  LinkId by;
  Pex::Message message;
  Instant at{};
};

/// A torrent's links over virtual time; a listener keeps what it believes.
struct Bench {
  Pex pex{Rng(1)};
  Instant now{1000s};
  std::vector<Heard> heard;
  std::map<LinkId, std::vector<Endpoint>> beliefs;

  void peer(std::uint32_t n, const Endpoint& endpoint, std::uint8_t flags = 0) {
    pex.on_peer(link(n), endpoint, flags, now);
  }
  void listener(std::uint32_t n, const IpAddress& remote = outside) {
    pex.on_listener(link(n), remote, now);
  }
  void gone(std::uint32_t n, bool parted = false) {
    pex.on_gone(link(n), parted, now);
    beliefs.erase(link(n));
  }
  void pass(Duration span) {
    const Instant end = now + span;
    while (pex.deadline() && *pex.deadline() <= end) {
      now = std::max(now, *pex.deadline());
      while (auto message = pex.next_message(now)) hear(message->first, message->second);
      REQUIRE((!pex.deadline() || *pex.deadline() > now));
    }
    now = end;
  }
  void hear(LinkId by, const Pex::Message& message) {
    heard.push_back({by, message, now});
    auto& belief = beliefs[by];
    for (const Endpoint& endpoint : message.dropped) {
      REQUIRE(std::erase(belief, endpoint) == 1);
      for (const Pex::Peer& added : message.added) REQUIRE(added.endpoint != endpoint);
    }
    for (const Pex::Peer& added : message.added) {
      REQUIRE(std::ranges::find(belief, added.endpoint) == belief.end());
      belief.push_back(added.endpoint);
    }
  }
  /// What this link heard since it was last asked.
  std::vector<Pex::Message> of(std::uint32_t n) {
    std::vector<Pex::Message> out;
    std::erase_if(heard, [&](const Heard& one) {
      if (one.by != link(n)) return false;
      out.push_back(one.message);
      return true;
    });
    return out;
  }
};

using Messages = std::vector<Pex::Message>;

}  // namespace

TEST_CASE("a link is told of the others with their flags, and not of itself") {
  Bench bench;
  bench.peer(1, v4(1));
  bench.peer(2, v4(2), 0x12);
  bench.peer(3, v6(3), 0x04);
  bench.listener(1);
  CHECK(bench.heard.empty());
  bench.pass(4s);
  CHECK(bench.heard.empty());
  bench.pass(2s);
  const auto messages = bench.of(1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].dropped.empty());
  CHECK(messages[0].added.size() == 2);
  CHECK(std::ranges::count(messages[0].added, Pex::Peer{v4(2), 0x12}) == 1);
  CHECK(std::ranges::count(messages[0].added, Pex::Peer{v6(3), 0x04}) == 1);
}

TEST_CASE("then only what changed is told, once a minute at most") {
  Bench bench;
  bench.listener(1);
  bench.peer(2, v4(2));
  bench.pass(10s);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0}}, {}}});
  bench.peer(3, v4(3));
  bench.gone(2);
  bench.pass(49s);
  CHECK(bench.of(1).empty());
  bench.pass(10s);
  CHECK(bench.of(1) == Messages{{{{v4(3), 0}}, {v4(2)}}});
  bench.pass(10min);
  CHECK(bench.heard.empty());
  // After a pause news need not wait for a minute.
  bench.peer(4, v4(4));
  bench.pass(10s);
  CHECK(bench.of(1) == Messages{{{{v4(4), 0}}, {}}});
}

TEST_CASE("who came and went in between is never told") {
  Bench bench;
  bench.listener(1);
  bench.peer(2, v4(2));
  bench.pass(10s);
  bench.peer(3, v4(3));
  bench.gone(3);
  bench.gone(2);
  bench.peer(4, v4(2));
  bench.pass(5min);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0}}, {}}});
}

TEST_CASE("two links to one endpoint are one peer") {
  Bench bench;
  bench.listener(1);
  bench.peer(2, v4(2));
  bench.peer(3, v4(2));
  bench.pass(10s);
  bench.gone(2);
  bench.pass(5min);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0}}, {}}});
  bench.gone(3);
  bench.pass(5min);
  CHECK(bench.of(1) == Messages{{{}, {v4(2)}}});
}

TEST_CASE("an endpoint that turns out to be another is told anew") {
  Bench bench;
  bench.listener(1);
  bench.peer(2, v4(2));
  bench.pass(10s);
  bench.peer(2, v4(2), 0x02);
  bench.peer(2, v4(3), 0x02);
  bench.pass(5min);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0}}, {}}, {{{v4(3), 0x02}}, {v4(2)}}});
}

TEST_CASE("a message has 50 of each at most, and the first 100 added") {
  Bench bench;
  bench.listener(1);
  for (std::uint32_t n = 2; n < 202; ++n) bench.peer(n, v4(n));
  bench.pass(10s);
  auto messages = bench.of(1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].added.size() == 100);
  bench.pass(1min);
  messages = bench.of(1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].added.size() == 50);
  for (std::uint32_t n = 2; n < 202; ++n) bench.gone(n);
  bench.pass(5min);
  messages = bench.of(1);
  CHECK(messages.size() == 3);
  for (const auto& message : messages) {
    CHECK(message.added.empty());
    CHECK(message.dropped.size() == 50);
  }
  CHECK(bench.beliefs[link(1)].empty());
}

TEST_CASE("not all are told the same first") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 300; ++n) bench.peer(n, v4(n));
  bench.listener(1);
  bench.listener(2);
  bench.pass(10s);
  REQUIRE(bench.heard.size() == 2);
  CHECK(bench.heard[0].message.added != bench.heard[1].message.added);
}

TEST_CASE("addresses of private networks are told within them alone") {
  Bench bench;
  bench.peer(3, *Endpoint::parse("192.168.1.3:6881"));
  bench.peer(4, v4(4));
  bench.listener(1, outside);
  bench.listener(2, *IpAddress::parse("192.168.1.2"));
  bench.pass(10s);
  CHECK(bench.of(1) == Messages{{{{v4(4), 0}}, {}}});
  const auto local = bench.of(2);
  REQUIRE(local.size() == 1);
  CHECK(local[0].added.size() == 2);
}

TEST_CASE("a good peer that we parted from is told once and dropped with the next message") {
  Bench bench;
  bench.peer(2, v4(2), 0x02);
  bench.gone(2, true);
  bench.peer(3, v4(3));
  bench.gone(3, false);
  bench.listener(1);
  bench.pass(10min);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0x02}}, {}}, {{}, {v4(2)}}});
  // Back and parted again: that is news.
  bench.peer(4, v4(2));
  bench.gone(4, true);
  bench.pass(10min);
  CHECK(bench.of(1) == Messages{{{{v4(2), 0}}, {}}, {{}, {v4(2)}}});
  bench.listener(5);
  bench.pass(10min);
  CHECK(bench.of(5).size() == 2);
  CHECK(bench.of(1).empty());
}

TEST_CASE("parted peers are told only while there are few live ones, each family for itself") {
  Bench bench;
  bench.peer(1, v4(1));
  bench.gone(1, true);
  bench.peer(2, v6(1));
  bench.gone(2, true);
  for (std::uint32_t n = 10; n < 10 + Pex::few; ++n) bench.peer(n, v4(n));
  bench.listener(3);
  bench.pass(10s);
  const auto messages = bench.of(3);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].added.size() == Pex::few + 1);
  CHECK(std::ranges::count(messages[0].added, Pex::Peer{v6(1), 0}) == 1);
}

TEST_CASE("no more than 25 parted peers of a family are kept, the latest") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 60; ++n) {
    bench.peer(n, v4(n));
    bench.gone(n, true);
  }
  bench.listener(100);
  bench.pass(10s);
  const auto messages = bench.of(100);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].added.size() == 25);
  for (const auto& added : messages[0].added) CHECK(added.endpoint.address > v4(35).address);
}

TEST_CASE("places are used again, and beyond their number nobody is told") {
  Bench bench;
  bench.listener(0);
  for (std::uint32_t n = 1; n <= Pex::peers_max + 10; ++n) bench.peer(n, v4(n));
  bench.pass(3h);
  CHECK(bench.beliefs[link(0)].size() == Pex::peers_max);
  for (std::uint32_t n = 1; n <= Pex::peers_max + 10; ++n) bench.gone(n);
  bench.peer(1, v4(9999));
  bench.pass(3h);
  CHECK(bench.beliefs[link(0)].empty());
  bench.peer(1, v4(9999));
  bench.pass(10s);
  CHECK(bench.beliefs[link(0)].size() == 1);
}

TEST_CASE("what a link was told goes with it") {
  Bench bench;
  std::uint32_t next = 1;
  // Each listener was told of a hundred that have gone since; were they kept, places would run out.
  for (std::uint32_t round = 0; round < Pex::peers_max / 100 + 2; ++round) {
    for (std::uint32_t i = 0; i < 100; ++i) bench.peer(i, v4(next++));
    bench.listener(1000);
    bench.pass(10s);
    for (std::uint32_t i = 0; i < 100; ++i) bench.gone(i);
    bench.gone(1000);
  }
  bench.peer(1, v4(next));
  bench.listener(1000);
  bench.pass(10s);
  CHECK(bench.beliefs[link(1000)] == std::vector{v4(next)});
}

TEST_CASE("after any coming and going each listener believes what is true") {
  const std::uint64_t seed = GENERATE(range(1, 9));
  INFO("seed " << seed);
  Bench bench;
  Rng dice(seed);
  std::map<std::uint32_t, Endpoint> live;
  std::uint32_t next = 1;
  for (int i = 0; i < 600; ++i) {
    const auto draw = dice.below(10);
    if (draw < 4) {
      const Endpoint at = v4(static_cast<std::uint32_t>(dice.below(80)));
      live.emplace(next, at);
      bench.peer(next, at);
      if (dice.below(3) == 0) bench.listener(next);
      ++next;
    } else if (draw < 7 && !live.empty()) {
      const auto gone =
          std::next(live.begin(), static_cast<std::ptrdiff_t>(dice.below(live.size())));
      bench.gone(gone->first, dice.below(2) == 0);
      live.erase(gone);
    } else {
      bench.pass(dice.between(0s, 40s));
    }
  }
  bench.pass(20min);
  std::set<Endpoint> truth;
  for (const auto& [n, at] : live) truth.insert(at);
  CHECK(bench.beliefs.size() > 2);
  for (const auto& [by, belief] : bench.beliefs) {
    std::set<Endpoint> expected = truth;
    const Endpoint own = live.at(by.slot);
    std::set<Endpoint> found(belief.begin(), belief.end());
    // Of its own address it hears only if it came before it was known whose that is.
    expected.erase(own);
    found.erase(own);
    CHECK(found == expected);
  }
}
