#include "core/dht/upkeep.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start = Instant{} + 1000s;
const NodeId own = *NodeId::from(as_bytes("abcdefghij0123456789"));

Endpoint at(std::uint32_t number) { return {IpAddress::v4(0x05000000U + 0x10000U * number), 1}; }

struct Bench {
  RoutingTable table{own, Rng(1)};
  Upkeep upkeep{Rng(2), start};
  Rng dice{3};

  void add_nodes(std::uint32_t count, Instant now) {
    for (std::uint32_t i = 0; i < count; ++i)
      table.on_answer({random_id(dice), at(1000 + static_cast<std::uint32_t>(table.size()) + i)},
                      now);
  }
  /// The node's own search now, done at once with so many answers.
  std::optional<NodeSearch> search(Instant now, std::size_t answered = 1) {
    const auto out = upkeep.next_search(table, now);
    if (out) upkeep.on_search_done(table, answered, now);
    return out;
  }
};

}  // namespace

TEST_CASE("without anybody to begin with nothing is begun") {
  Bench bench;
  bench.upkeep.begin(start);
  CHECK_FALSE(bench.search(start));
  bench.upkeep.on_tick(bench.table, start + 5s);
  CHECK_FALSE(bench.search(start + 5s));
  // And nobody is woken up for it again and again.
  CHECK(bench.upkeep.deadline() == start + 10s);
}

TEST_CASE("with routers our own id is looked for, then some far targets") {
  Bench bench;
  bench.upkeep.set_routers({at(1), at(2)}, start);
  CHECK(bench.upkeep.deadline() == start);
  CHECK(bench.upkeep.is_router(at(2)));
  CHECK_FALSE(bench.upkeep.is_router(at(3)));
  const auto first = bench.upkeep.next_search(bench.table, start);
  CHECK(first == NodeSearch{own, true});
  // One at a time.
  CHECK_FALSE(bench.upkeep.next_search(bench.table, start));
  bench.add_nodes(20, start);
  bench.upkeep.on_search_done(bench.table, 20, start);
  for (int i = Upkeep::fills - 1; i >= 0; --i) {
    const auto fill = bench.search(start);
    REQUIRE(fill);
    CHECK(common_prefix(fill->target, own) == i);
    CHECK_FALSE(fill->both_families);
  }
  CHECK_FALSE(bench.search(start));
}

TEST_CASE("when nobody answers it is begun again, later and later") {
  Bench bench;
  bench.upkeep.set_routers({at(1)}, start);
  REQUIRE(bench.search(start, 0));
  Instant now = start;
  Duration longest{};
  for (int i = 0; i < 12; ++i) {
    const Instant next = bench.upkeep.deadline();
    if (bench.upkeep.tick_due(next)) {
      // A tick does not make it sooner.
      bench.upkeep.on_tick(bench.table, next);
      --i;
      continue;
    }
    longest = std::max(longest, next - now);
    CHECK(next - now <= Upkeep::begin_again_max);
    now = next;
    REQUIRE(bench.search(now, 0));
  }
  CHECK(longest > Upkeep::begin_again_max / 2);
}

TEST_CASE("the first node begins, and nodes that are all gone begin again") {
  Bench bench;
  bench.add_nodes(20, start);
  bench.upkeep.on_first_node(start);
  CHECK(bench.search(start));
  for (int i = 0; i < Upkeep::fills; ++i) CHECK(bench.search(start));
  bench.upkeep.on_tick(bench.table, start + 5s);
  CHECK_FALSE(bench.search(start + 5s));
  const Instant later = start + RoutingTable::fresh_for + 1s;
  bench.upkeep.on_tick(bench.table, later);
  CHECK(bench.search(later) == NodeSearch{own, true});
}

TEST_CASE("a node that comes while we begin does not begin again") {
  Bench bench;
  bench.upkeep.set_routers({at(1)}, start);
  REQUIRE(bench.upkeep.next_search(bench.table, start));
  bench.add_nodes(20, start);
  bench.upkeep.on_first_node(start);
  bench.upkeep.set_routers({at(1), at(2)}, start);
  bench.upkeep.on_search_done(bench.table, 1, start);
  CHECK(bench.search(start)->target != own);
}

TEST_CASE("what was begun with another id is begun again") {
  Bench bench;
  bench.upkeep.set_routers({at(1)}, start);
  REQUIRE(bench.upkeep.next_search(bench.table, start));
  bench.add_nodes(20, start);
  bench.upkeep.begin(start);
  bench.upkeep.on_search_done(bench.table, 1, start);
  CHECK(bench.search(start)->target == own);
}

TEST_CASE("other searches wait for good nodes, and for more of them while we begin") {
  Bench bench;
  CHECK_FALSE(bench.upkeep.ready(bench.table, start));
  bench.upkeep.set_routers({at(1)}, start);
  REQUIRE(bench.upkeep.next_search(bench.table, start));
  bench.add_nodes(3, start);
  CHECK_FALSE(bench.upkeep.ready(bench.table, start));
  bench.upkeep.on_search_done(bench.table, 3, start);
  CHECK(bench.upkeep.ready(bench.table, start));
  // There are few still, so we begin again, for which nobody waits.
  REQUIRE(bench.upkeep.next_search(bench.table, start + Upkeep::begin_again_min));
  CHECK(bench.upkeep.ready(bench.table, start + Upkeep::begin_again_min));
  CHECK_FALSE(bench.upkeep.ready(bench.table, start + RoutingTable::fresh_for));
}

TEST_CASE("with many good nodes other searches do not wait") {
  Bench bench;
  bench.upkeep.set_routers({at(1)}, start);
  REQUIRE(bench.upkeep.next_search(bench.table, start));
  bench.add_nodes(8, start);
  CHECK(bench.upkeep.ready(bench.table, start));
}

TEST_CASE("endpoints that are heard of are pinged once each, at once while there are few nodes") {
  Bench bench;
  for (std::uint32_t i = 0; i < 3; ++i) bench.upkeep.hear_of(at(i));
  bench.upkeep.hear_of(at(1));
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(bench.upkeep.next_ping(bench.table, start) == at(i));
  CHECK_FALSE(bench.upkeep.next_ping(bench.table, start));
  CHECK(bench.upkeep.ping_at() == never);
}

TEST_CASE("with enough nodes pings are spread, those of the table first") {
  Bench bench;
  bench.add_nodes(40, start);
  REQUIRE(bench.table.size() >= Upkeep::nodes_enough);
  bench.upkeep.hear_of(at(1));
  bench.upkeep.hear_of(at(2));
  CHECK(bench.upkeep.next_ping(bench.table, start) == at(1));
  CHECK_FALSE(bench.upkeep.next_ping(bench.table, start));
  CHECK(bench.upkeep.ping_at() == start + Upkeep::ping_gap);
  CHECK(bench.upkeep.next_ping(bench.table, start + Upkeep::ping_gap) == at(2));
  // All are questionable by now, and each is pinged.
  Instant now = start + RoutingTable::fresh_for;
  bench.upkeep.hear_of(at(3));
  CHECK(bench.upkeep.next_ping(bench.table, now) != at(3));
  now += Upkeep::ping_gap;
  CHECK(bench.upkeep.next_ping(bench.table, now) != at(3));
}

TEST_CASE("what is heard of beyond the bound is left out") {
  Bench bench;
  for (std::uint32_t i = 0; i < 200; ++i) bench.upkeep.hear_of(at(i));
  std::size_t pinged = 0;
  while (bench.upkeep.next_ping(bench.table, start)) ++pinged;
  CHECK(pinged == Upkeep::heard_max);
  std::vector<Endpoint> many(200, at(1));
  bench.upkeep.set_routers(many, start);
  CHECK(bench.upkeep.routers().size() == Upkeep::routers_max);
}
