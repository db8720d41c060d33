#include "rpc/http/body_room.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

constexpr std::uint64_t all = 200;
constexpr std::uint64_t large = 100;

/// Waits longer than any test takes.
constexpr Duration patient = std::chrono::minutes(5);

}  // namespace

TEST_CASE("two of the largest bodies find room, a third waits until one is gone") {
  BodyRoom room(all, patient);
  std::optional<BodyRoom::Share> first(room.begin(large));
  BodyRoom::Share second = room.begin(large);
  REQUIRE(first->grow_to(large));
  REQUIRE(second.grow_to(large));
  std::atomic<bool> found = false;
  std::thread third([&] { found = room.begin(large).grow_to(large); });
  while (room.waiting() == 0) std::this_thread::yield();
  first.reset();
  third.join();
  CHECK(found);
}

TEST_CASE("a body that finds no room in time has none, and keeps what it has") {
  BodyRoom room(all, 1ms);
  BodyRoom::Share first = room.begin(large);
  BodyRoom::Share second = room.begin(large);
  REQUIRE(first.grow_to(large));
  REQUIRE(second.grow_to(large - 1));
  CHECK_FALSE(room.begin(2).grow_to(2));
  CHECK(second.grow_to(large - 1));
  CHECK(second.grow_to(large));
}

TEST_CASE("a body counts for what has come of it, not for what may come") {
  BodyRoom room(all, 1ms);
  std::vector<BodyRoom::Share> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(room.begin(large));
    REQUIRE(slow.back().grow_to(1));
  }
  BodyRoom::Share quick = room.begin(large);
  CHECK(quick.grow_to(large));
}

TEST_CASE("bodies that grow together never wait for each other for ever") {
  BodyRoom room(all, patient);
  std::atomic<std::uint64_t> grown = 0;
  std::vector<std::thread> growing;
  for (std::size_t i = 0; i < limits::http_bodies_waiting_max; ++i)
    growing.emplace_back([&] {
      BodyRoom::Share share = room.begin(large);
      for (std::uint64_t bytes = 1; bytes <= large; ++bytes) {
        grown += share.grow_to(bytes) ? 1 : 0;
        std::this_thread::yield();
      }
    });
  for (auto& thread : growing) thread.join();
  CHECK(grown == limits::http_bodies_waiting_max * large);
  CHECK(room.begin(all).grow_to(all));
}

TEST_CASE("nobody gets more than he said or there is") {
  BodyRoom room(all, 1ms);
  CHECK_FALSE(room.begin(1).grow_to(2));
  CHECK_FALSE(room.begin(2 * all).grow_to(all + 1));
  CHECK(room.begin(2 * all).grow_to(all));
}

TEST_CASE("no more wait for room than may, and none when the server stops") {
  BodyRoom room(all, patient);
  BodyRoom::Share first = room.begin(all);
  REQUIRE(first.grow_to(all));
  std::atomic<std::size_t> sent_away = 0;
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < limits::http_bodies_waiting_max; ++i)
    waiting.emplace_back([&] { sent_away += room.begin(large).grow_to(large) ? 0u : 1u; });
  while (room.waiting() < limits::http_bodies_waiting_max) std::this_thread::yield();
  CHECK_FALSE(room.begin(large).grow_to(large));
  room.close();
  for (auto& thread : waiting) thread.join();
  CHECK(sent_away == limits::http_bodies_waiting_max);
}

TEST_CASE("who need not wait tries again, and counts as waiting until then") {
  BodyRoom room(all, patient);
  BodyRoom::Share first = room.begin(all);
  REQUIRE(first.try_grow_to(all));
  BodyRoom::Share second = room.begin(large);
  CHECK_FALSE(second.try_grow_to(large));
  CHECK_FALSE(second.try_grow_to(large));
  CHECK_FALSE(second.refused());
  CHECK(room.waiting() == 1);
  {
    const BodyRoom::Share gone = std::move(first);
  }
  CHECK(second.try_grow_to(large));
  CHECK(room.waiting() == 0);
  CHECK(room.begin(all - large).try_grow_to(all - large));
}

TEST_CASE("who tries again and goes waits no more; too many are refused for good") {
  BodyRoom room(all, patient);
  BodyRoom::Share first = room.begin(all);
  REQUIRE(first.try_grow_to(all));
  {
    std::vector<BodyRoom::Share> waiting;
    for (std::size_t i = 0; i < limits::http_bodies_waiting_max; ++i) {
      waiting.push_back(room.begin(large));
      CHECK_FALSE(waiting.back().try_grow_to(1));
    }
    BodyRoom::Share late = room.begin(large);
    CHECK_FALSE(late.try_grow_to(1));
    CHECK(late.refused());
    {
      const BodyRoom::Share gone = std::move(first);
    }
    CHECK_FALSE(late.try_grow_to(1));
    CHECK(waiting.back().try_grow_to(1));
  }
  CHECK(room.waiting() == 0);
  BodyRoom::Share more = room.begin(1);
  CHECK_FALSE(more.try_grow_to(2));
  CHECK(more.refused());
}
