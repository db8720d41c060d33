#include "core/swarm/piece_queue.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::first_common;
using swarm::PieceQueue;
using swarm::Want;

TEST_CASE("pieces move between buckets with their availability") {
  PieceQueue queue(10);
  const Want want = Want::of(Priority::normal);
  queue.insert({3}, want);
  queue.insert({4}, want);
  CHECK(queue.next_bucket(want.rank, 0) == 0);
  queue.raise({3});
  queue.raise({3});
  CHECK(queue.bucket(want.rank, 0).size() == 1);
  CHECK(queue.bucket(want.rank, 2)[0] == 3);
  CHECK(queue.next_bucket(want.rank, 1) == 2);
  queue.lower({3});
  CHECK(queue.next_bucket(want.rank, 1) == 1);
  queue.erase({3});
  CHECK(queue.next_bucket(want.rank, 1) > PieceQueue::availability_max);
  CHECK(queue.availability({3}) == 1);
  queue.insert({3}, Want::of(Priority::high));
  CHECK(queue.bucket(Want::of(Priority::high).rank, 1).size() == 1);
  CHECK(queue.size() == 2);
}

TEST_CASE("availability is counted right beyond the last bucket") {
  PieceQueue queue(1);
  queue.insert({0}, Want::of(Priority::low));
  const std::uint32_t many = PieceQueue::availability_max + 50;
  CHECK(queue.raise({0}));
  for (std::uint32_t i = 1; i < many; ++i) REQUIRE_FALSE(queue.raise({0}));
  CHECK(queue.availability({0}) == many);
  CHECK(queue.next_bucket(1, 0) == PieceQueue::availability_max);
  for (std::uint32_t i = 1; i < many; ++i) REQUIRE_FALSE(queue.lower({0}));
  CHECK(queue.lower({0}));
  CHECK(queue.next_bucket(1, 0) == 0);
  CHECK_FALSE(queue.lower({0}));
  CHECK(queue.availability({0}) == 0);
}

TEST_CASE("the first common piece is found from any start") {
  Bitfield a(1000);
  Bitfield b(1000);
  a.set({5});
  b.set({6});
  CHECK(first_common(a, b, 0) == 1000);
  for (const std::uint32_t piece : {0U, 63U, 64U, 65U, 500U, 999U}) {
    a.set({piece});
    b.set({piece});
    for (std::uint32_t from = piece > 70 ? piece - 70 : 0; from <= piece; ++from)
      REQUIRE(first_common(a, b, from) <= piece);
    REQUIRE(first_common(a, b, piece) == piece);
    if (piece < 999) REQUIRE(first_common(a, b, piece + 1) > piece);
    a.set({piece}, false);
  }
  CHECK(first_common(a, b, 1000) == 1000);
  CHECK(first_common(a, Bitfield(), 0) == 1000);
}
