#include "rpc/body_room.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

constexpr std::uint64_t large = limits::http_body_bytes_max;

}  // namespace

TEST_CASE("two of the largest bodies find room, a third waits until one is gone") {
  BodyRoom room(std::chrono::minutes(5));
  auto first = room.take(large);
  auto second = room.take(large);
  REQUIRE(first);
  REQUIRE(second);
  std::thread third([&] { CHECK(room.take(large)); });
  while (room.waiting() == 0) std::this_thread::yield();
  first.reset();
  third.join();
}

TEST_CASE("a body that finds no room in time has none") {
  BodyRoom room(1ms);
  const auto first = room.take(large);
  const auto second = room.take(large);
  CHECK_FALSE(room.take(large));
  CHECK_FALSE(room.take(limits::http_small_body_bytes_max + 1));
}

TEST_CASE("small bodies wait for nobody") {
  BodyRoom room(1ms);
  const auto first = room.take(large);
  const auto second = room.take(large);
  CHECK(room.take(limits::http_small_body_bytes_max));
}

TEST_CASE("a body counts for what its JSON may take") {
  BodyRoom room(1ms);
  std::vector<BodyRoom::Share> shares;
  while (auto share = room.take(3u << 20)) shares.push_back(*std::move(share));
  CHECK(shares.size() == 4);
}

TEST_CASE("no more wait for room than may, and none when the server stops") {
  BodyRoom room(std::chrono::minutes(5));
  const auto first = room.take(large);
  const auto second = room.take(large);
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < limits::http_bodies_waiting_max; ++i)
    waiting.emplace_back([&] { CHECK_FALSE(room.take(large)); });
  while (room.waiting() < limits::http_bodies_waiting_max) std::this_thread::yield();
  CHECK_FALSE(room.take(large));
  room.close();
  for (auto& thread : waiting) thread.join();
}
