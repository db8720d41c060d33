#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

/// Calls on_deadline when it is due, until then.
void run(SwarmStore& store, Instant until) {
  while (store.deadline() <= until) {
    const Instant due = store.deadline();
    store.on_deadline(due);
    REQUIRE(store.deadline() > due);
  }
}

/// Peer `number` of torrent `swarm`.
Announce peer(std::uint32_t swarm, std::uint32_t number) {
  Announce out;
  out.info_hash = torrent(swarm);
  store_u32(out.peer_id.octets, number);
  out.peer = {IpAddress::v4(0x01000000 + number), 1};
  out.seed = number % 3 == 0;
  return out;
}

}  // namespace

TEST_CASE("an empty store has nothing to wake up for") {
  StoreBench bench;
  CHECK(bench.store.deadline() == never);
  bench.store.on_deadline(start);
  CHECK(bench.store.deadline() == never);
}

TEST_CASE("who is not heard of for the timeout is dropped within a minute") {
  StoreBench bench;
  bench.announce(from("192.0.2.1:1"), start);
  bench.announce(from("192.0.2.2:2", Event::none, true), start);
  bench.announce(from("[2001:db8::1]:1"), start);
  run(bench.store, start + 30min);
  bench.announce(from("192.0.2.2:2", Event::none, true), start + 30min);
  run(bench.store, start + 45min - 1s);
  CHECK(bench.peers() == 3);
  run(bench.store, start + 46min + 4s);
  CHECK(bench.peers() == 1);
  CHECK(bench.store.totals().expired == 2);
  CHECK(bench.store.counts(torrent(1)) == SwarmCounts{1, 0, 0});
  run(bench.store, start + 77min);
  CHECK(bench.peers() == 0);
  CHECK(bench.store.totals().swarms == 0);
  CHECK(bench.store.deadline() == never);
  bench.announce(from("192.0.2.1:1"), start + 3h);
  CHECK(bench.store.deadline() == start + 3h + SwarmStore::sweep_time);
}

TEST_CASE("a call drops so many at most, and a whole sweep is done in its time") {
  StoreBench bench;
  constexpr std::uint32_t in_one = 3000, alone = 2000;
  for (std::uint32_t i = 0; i < in_one; ++i) bench.announce(peer(1, i));
  for (std::uint32_t i = 0; i < alone; ++i) bench.announce(peer(2 + i, in_one + i));
  REQUIRE(bench.peers() == in_one + alone);
  run(bench.store, start + 44min);
  CHECK(bench.peers() == in_one + alone);
  std::size_t calls = 0;
  while (bench.peers() > 0) {
    const std::size_t before = bench.peers();
    const Instant due = std::max(bench.store.deadline(), start + 45min);
    REQUIRE(due <= start + 47min);
    bench.store.on_deadline(due);
    CHECK(before - bench.peers() <= SwarmStore::sweep_work_max);
    ++calls;
  }
  CHECK(calls >= 5);
  CHECK(bench.store.totals().expired == in_one + alone);
  CHECK(bench.store.totals().seeds == std::array<std::size_t, 2>{0, 0});
  // All is as at the beginning.
  bench.announce(peer(1, 1), start + 2h);
  CHECK(bench.store.counts(torrent(1)) == SwarmCounts{0, 1, 0});
}

TEST_CASE("a sweep that is under way when the last peer stops begins anew") {
  StoreBench bench;
  for (std::uint32_t i = 0; i < 1500; ++i) bench.announce(peer(i, i));
  bench.store.on_deadline(bench.store.deadline());
  for (std::uint32_t i = 0; i < 1500; ++i) {
    Announce one = peer(i, i);
    one.event = Event::stopped;
    bench.announce(one);
  }
  CHECK(bench.store.deadline() == never);
  bench.announce(peer(7, 7), start + 1h);
  run(bench.store, start + 1h + 46min + 4s);
  CHECK(bench.peers() == 0);
}

TEST_CASE("peers that announce are never dropped, however long the store runs") {
  StoreBench bench;
  for (Instant now = start; now < start + 48h; now += 30min) {
    for (std::uint32_t i = 0; i < 10; ++i) bench.announce(peer(i % 3, i), now);
    run(bench.store, now + 29min);
    REQUIRE(bench.peers() == 10);
  }
  CHECK(bench.store.totals().expired == 0);
}
