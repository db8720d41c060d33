#include "core/swarm/choker.h"

#include <algorithm>
#include <map>
#include <ranges>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

const Instant start{10'000s};
LinkId link(std::uint32_t n) { return {n, 1}; }
using Links = std::vector<LinkId>;

bool holds(const Links& links, LinkId id) { return std::ranges::binary_search(links, id); }

/// Interested peers 0 to n-1, known for long, that sent us 1000 bytes a second less each.
struct Swarm {
  std::vector<ChokeFacts> facts;
  ChokeTerms terms;
  ChokeState state{};
  Rng rng{5};
  Instant now = start;
  Links unchoked{};

  Swarm(std::uint32_t peers, std::size_t slots, bool seeding) : terms{slots, seeding} {
    for (std::uint32_t i = 0; i < peers; ++i) {
      ChokeFacts it;
      it.link = link(i);
      it.interested = true;
      it.rate_to_us = seeding ? 0 : (100 - i) * 1000;
      it.connected_at = start - 1h;
      it.wanting_since = start - 1h;
      it.last_block_at = start;
      facts.push_back(it);
    }
  }
  const Links& plan() {
    unchoked = plan_unchokes(facts, terms, now, rng, state);
    for (ChokeFacts& it : facts) it.unchoked = holds(unchoked, it.link);
    return unchoked;
  }
  const Links& round() {
    now += choke_round;
    for (ChokeFacts& it : facts)
      if (it.rate_to_us > 0) it.last_block_at = now;
    return plan();
  }
  /// How many of `count` rounds each of them was unchoked in, when all that are take blocks.
  std::map<LinkId, int> serve(int count) {
    std::map<LinkId, int> rounds;
    for (int i = 0; i < count; ++i) {
      for (ChokeFacts& it : facts)
        if (it.unchoked) it.uploaded += 1'000'000;
      for (const LinkId id : round()) ++rounds[id];
    }
    return rounds;
  }
};

}  // namespace

TEST_CASE("regular slots go to who gives most, one slot is optimistic") {
  Swarm swarm(20, 4, false);
  const Links& unchoked = swarm.plan();
  REQUIRE(unchoked.size() == 4);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(holds(unchoked, link(i)));
  CHECK(swarm.state.optimistic.slot >= 3);
  CHECK(swarm.state.next_round == start + choke_round);
}

TEST_CASE("a peer that starts to give takes a slot at the next round") {
  Swarm swarm(20, 4, false);
  swarm.plan();
  swarm.facts[15].rate_to_us = 1'000'000;
  swarm.now += 5s;
  const bool had = holds(swarm.unchoked, link(15));
  CHECK(holds(swarm.plan(), link(15)) == had);
  swarm.now += 5s;
  CHECK(holds(swarm.plan(), link(15)));
  CHECK((!holds(swarm.unchoked, link(2)) || swarm.state.optimistic == link(2)));
}

TEST_CASE("the optimistic slot moves every 30 s and reaches everybody") {
  Swarm swarm(12, 4, false);
  std::map<LinkId, int> turns;
  LinkId last;
  for (int i = 0; i < 600; ++i) {
    swarm.round();
    if (i % 3 == 0) {
      CHECK(swarm.state.optimistic != last);
      ++turns[swarm.state.optimistic];
    } else {
      CHECK(swarm.state.optimistic == last);
    }
    last = swarm.state.optimistic;
  }
  CHECK(turns.size() == 9);
}

TEST_CASE("a new peer is three times as likely to be tried") {
  int fresh = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Swarm swarm(9, 2, false);
    swarm.rng = Rng(seed);
    swarm.facts[8].connected_at = start - 5s;
    swarm.plan();
    fresh += swarm.state.optimistic == link(8) ? 1 : 0;
  }
  // 3 chances of 10.
  CHECK(fresh > 500);
  CHECK(fresh < 700);
}

TEST_CASE("a snubbed peer loses its slot") {
  Swarm swarm(4, 3, false);
  swarm.plan();
  REQUIRE(holds(swarm.unchoked, link(0)));
  swarm.facts[0].last_block_at = start - 100s;
  CHECK(snubbed(swarm.facts[0], start));
  swarm.now += choke_round;
  swarm.plan();
  CHECK((!holds(swarm.unchoked, link(0)) || swarm.state.optimistic == link(0)));
  CHECK(holds(swarm.unchoked, link(1)));
  CHECK(holds(swarm.unchoked, link(2)));
}

TEST_CASE("slots that nobody earns are given in turns") {
  Swarm few(8, 8, false);
  for (ChokeFacts& it : few.facts) {
    it.rate_to_us = 0;
    it.last_block_at = {};
  }
  for (int i = 0; i < 20; ++i) CHECK(few.round().size() == 8);

  Swarm many(20, 4, false);
  for (ChokeFacts& it : many.facts)
    if (it.link != link(7)) {
      it.rate_to_us = 0;
      it.last_block_at = {};
    }
  std::map<LinkId, int> rounds;
  for (int i = 0; i < 300; ++i) {
    for (const LinkId id : many.round()) ++rounds[id];
    CHECK(many.unchoked.size() == 4);
    CHECK(holds(many.unchoked, link(7)));
  }
  // Two in turns and one by chance: 900 rounds for 19 peers.
  for (const auto& [id, count] : rounds)
    if (id != link(7)) CHECK((count > 25 && count < 80));
  CHECK(rounds.size() == 20);
}

TEST_CASE("nobody is snubbed from whom nothing is wanted, or not for long") {
  ChokeFacts facts;
  CHECK_FALSE(snubbed(facts, start));
  facts.wanting_since = start;
  CHECK_FALSE(snubbed(facts, start + 59s));
  CHECK(snubbed(facts, start + 60s));
  facts.last_block_at = start + 30s;
  CHECK_FALSE(snubbed(facts, start + 60s));
}

TEST_CASE("only interested peers that still download get slots") {
  Swarm swarm(3, 4, false);
  swarm.facts[0].interested = false;
  swarm.facts[1].upload_only = true;
  CHECK(swarm.plan() == Links{link(2)});
  swarm.terms.seeding = true;
  CHECK(swarm.plan() == Links{link(2)});
  swarm.terms.slots = 0;
  CHECK(swarm.plan().empty());
  swarm.facts.clear();
  swarm.terms.slots = 4;
  CHECK(swarm.plan().empty());
}

TEST_CASE("a slot that fell free between rounds is filled and nobody loses one") {
  for (const bool seeding : {false, true}) {
    Swarm swarm(10, 4, seeding);
    swarm.plan();
    const Links before = swarm.unchoked;
    REQUIRE(before.size() == 4);
    swarm.now += 2s;
    swarm.facts[before[1].slot].interested = false;
    swarm.plan();
    CHECK(swarm.unchoked.size() == 4);
    for (const LinkId id : before) CHECK(holds(swarm.unchoked, id) == (id != before[1]));
  }
}

TEST_CASE("all slots are used while nobody has given anything yet") {
  Swarm swarm(10, 4, false);
  for (ChokeFacts& it : swarm.facts) {
    it.rate_to_us = 0;
    it.wanting_since = start;
  }
  CHECK(swarm.plan().size() == 4);
}

TEST_CASE("a single slot goes to the best") {
  Swarm swarm(5, 1, false);
  CHECK(swarm.plan() == Links{link(0)});
}

TEST_CASE("a seed gives everybody a turn") {
  Swarm swarm(20, 4, true);
  std::map<LinkId, int> rounds;
  for (int i = 0; i < 300; ++i) {
    for (ChokeFacts& it : swarm.facts)
      if (it.unchoked) it.uploaded += 1'000'000;
    swarm.round();
    CHECK(swarm.unchoked.size() == 4);
    for (const LinkId id : swarm.unchoked) ++rounds[id];
  }
  // 300 rounds of 4 slots over 20 peers are 60 each.
  for (const auto& [id, count] : rounds) {
    CHECK(count >= 48);
    CHECK(count <= 72);
  }
  CHECK(rounds.size() == 20);
}

TEST_CASE("a seed takes the slot from who does not use it") {
  Swarm swarm(12, 4, true);
  std::map<LinkId, int> rounds;
  for (int i = 0; i < 300; ++i) {
    for (ChokeFacts& it : swarm.facts)
      if (it.unchoked && it.link.slot >= 6) it.uploaded += 1'000'000;
    swarm.round();
    for (const LinkId id : swarm.unchoked) ++rounds[id];
  }
  int used = 0;
  int idle = 0;
  for (const auto& [id, count] : rounds) (id.slot >= 6 ? used : idle) += count;
  CHECK(used > 2 * idle);
}

TEST_CASE("of those with equal turns a seed serves the fastest first") {
  Swarm swarm(6, 1, true);
  for (int i = 0; i < 200; ++i) {
    for (ChokeFacts& it : swarm.facts)
      if (it.unchoked) it.uploaded += 1'000'000 * (it.link.slot + 1);
    swarm.round();
    if (swarm.state.turns_floor < 3) continue;
    const auto& turns = swarm.state.turns;
    const bool fresh_lap = std::ranges::all_of(
        turns, [&](const ChokeState::Turn& it) { return it.turns == turns.front().turns; });
    if (fresh_lap && swarm.facts[5].unchoked) SUCCEED();
    if (fresh_lap) CHECK(swarm.facts[5].unchoked);
  }
}

TEST_CASE("a seed rotates nobody out while nobody waits") {
  Swarm swarm(3, 4, true);
  for (int i = 0; i < 50; ++i) CHECK(swarm.round().size() == 3);
}

TEST_CASE("links that are gone are forgotten") {
  Swarm swarm(50, 4, true);
  swarm.plan();
  swarm.facts.resize(5);
  swarm.round();
  CHECK(swarm.state.turns.size() == 5);
}

TEST_CASE("who comes to a swarm where all give is served when we seed") {
  Swarm swarm(1, 8, false);
  swarm.round();
  for (std::uint32_t i = 1; i <= 60; ++i) {
    ChokeFacts it = swarm.facts.front();
    it.link = link(i);
    it.unchoked = false;
    it.rate_to_us = i * 1000;
    swarm.facts.push_back(it);
  }
  for (int i = 0; i < 30; ++i) swarm.round();
  swarm.terms.seeding = true;
  const auto rounds = swarm.serve(2000);
  CHECK(rounds.size() == 61);
}

TEST_CASE("who gave us most is not served last when we seed") {
  Swarm swarm(20, 4, false);
  for (int i = 0; i < 4 * 360; ++i) swarm.round();
  swarm.terms.seeding = true;
  const auto rounds = swarm.serve(2 * 360);
  // 720 rounds of 4 slots over 20 peers are 144 each.
  CHECK(rounds.size() == 20);
  const auto [least, most] = std::ranges::minmax(std::views::values(rounds));
  CHECK(most <= 2 * least);
}

TEST_CASE("who earned its slot and does no more waits no longer than others for a turn") {
  Swarm swarm(20, 4, false);
  for (ChokeFacts& it : swarm.facts)
    if (it.link.slot >= 5) {
      it.rate_to_us = 0;
      it.last_block_at = {};
    }
  for (int i = 0; i < 4 * 360; ++i) swarm.round();
  for (ChokeFacts& it : swarm.facts) {
    it.rate_to_us = 0;
    it.last_block_at = {};
  }
  const auto rounds = swarm.serve(2 * 360);
  CHECK(rounds.size() == 20);
  const auto [least, most] = std::ranges::minmax(std::views::values(rounds));
  CHECK(most <= 2 * least);
}
