#include "core/swarm/slots.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace seed;
using swarm::SlotFacts;
using swarm::UploadSlots;

namespace {

/// An uplink of `capacity` that peers of `each` fill; returns the slots after `rounds`.
std::size_t after(int rounds, std::uint64_t capacity, std::uint64_t each, std::size_t peers,
                  std::uint64_t limit) {
  UploadSlots slots;
  for (int i = 0; i < rounds; ++i) {
    const std::size_t used = std::min(slots.slots(), peers);
    const std::uint64_t most = limit > 0 ? std::min(limit, capacity) : capacity;
    slots.on_round({std::min(most, each * used), limit, used, peers - used});
  }
  return slots.slots();
}

}  // namespace

TEST_CASE("slots grow while peers wait and the uplink takes more") {
  CHECK(after(200, 100'000'000, 1'000'000, 500, 0) == UploadSlots::slots_max);
}

TEST_CASE("slots stop growing when another one adds nothing") {
  const auto slots = after(200, 10'000'000, 1'000'000, 500, 0);
  CHECK(slots >= 9);
  CHECK(slots <= 12);
}

TEST_CASE("slots do not grow when nobody waits") {
  CHECK(after(100, 100'000'000, 1'000'000, 3, 0) == UploadSlots::slots_min);
}

TEST_CASE("slots do not grow when a rate limit is full") {
  CHECK(after(100, 100'000'000, 1'000'000, 500, 2'000'000) == UploadSlots::slots_min);
}

TEST_CASE("slots shrink when a limit leaves each a trickle") {
  UploadSlots slots;
  for (int i = 0; i < 40; ++i) slots.on_round({1'000'000ULL * slots.slots(), 0, slots.slots(), 9});
  const auto before = slots.slots();
  for (int i = 0; i < 40; ++i) slots.on_round({30'000, 30'000, slots.slots(), 9});
  CHECK(before > 20);
  CHECK(slots.slots() == UploadSlots::slots_min);
}
