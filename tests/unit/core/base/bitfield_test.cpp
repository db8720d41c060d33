#include "core/base/bitfield.h"

#include <vector>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

std::uint32_t naive_next(const std::vector<bool>& bits, std::uint32_t from, bool value) {
  for (auto i = std::size_t{from}; i < bits.size(); ++i)
    if (bits[i] == value) return static_cast<std::uint32_t>(i);
  return static_cast<std::uint32_t>(bits.size());
}

TEST_CASE("piece 0 is the top bit of the first octet") {
  Bitfield field(10);
  CHECK(field.set({0}));
  CHECK(field.set({9}));
  CHECK(to_hex(field.wire()) == "8040");
  CHECK(field.count() == 2);
  CHECK_FALSE(field.set({9}));
  CHECK(field.set({0}, false));
  CHECK(field.count() == 1);
  CHECK_FALSE(field.test({10}));
  CHECK_FALSE(field.test({0xffffffff}));
}

TEST_CASE("a bitfield from the wire has the right length and no spare bits") {
  const Buffer good{0xff, 0xc0};
  const Buffer spare{0xff, 0xe0};
  CHECK(Bitfield::from_wire(good, 10)->all());
  CHECK_FALSE(Bitfield::from_wire(spare, 10));
  CHECK_FALSE(Bitfield::from_wire(good, 8));
  CHECK_FALSE(Bitfield::from_wire(good, 17));
  CHECK_FALSE(Bitfield::from_wire(good, 0xffffffff));
  CHECK(Bitfield::from_wire({}, 0)->all());
  CHECK(Bitfield::from_wire({}, 0)->none());
}

TEST_CASE("a bitfield born full has no spare bits") {
  const Bitfield field(13, true);
  CHECK(to_hex(field.wire()) == "fff8");
  CHECK(field.all());
  CHECK(field.next_clear(0) == 13);
}

TEST_CASE("a bitfield does as a vector of bool does") {
  Rng rng(1);
  for (int round = 0; round < 200; ++round) {
    const auto size = static_cast<std::uint32_t>(rng.below(300));
    Bitfield field(size);
    Bitfield other(size);
    std::vector<bool> naive(size);
    std::vector<bool> naive_other(size);
    for (std::uint32_t step = 0; step < size; ++step) {
      // Runs of one value, so that whole words are skipped too.
      const auto from = static_cast<std::uint32_t>(rng.below(size));
      const auto to =
          std::min<std::uint32_t>(size, from + static_cast<std::uint32_t>(rng.below(90)));
      const bool value = rng.below(2) != 0;
      for (auto i = from; i < to; ++i) {
        CHECK(field.set({i}, value) == (naive[i] != value));
        naive[i] = value;
      }
      const auto at = static_cast<std::uint32_t>(rng.below(size));
      other.set({at});
      naive_other[at] = true;
      if (step % 8 != 0) continue;
      CHECK(field.count() == static_cast<std::uint32_t>(std::ranges::count(naive, true)));
      const auto start = static_cast<std::uint32_t>(rng.below(size + 2));
      CHECK(field.next_set(start) == naive_next(naive, start, true));
      CHECK(field.next_clear(start) == naive_next(naive, start, false));
      const auto end = static_cast<std::uint32_t>(rng.below(size + 2));
      CHECK(field.any({start}, {end}) == (naive_next(naive, start, true) < std::min(end, size)));
      bool any = false;
      for (std::uint32_t i = 0; i < size; ++i) any = any || (naive[i] && !naive_other[i]);
      CHECK(field.has_any_not_in(other) == any);
    }
    CHECK(Bitfield::from_wire(field.wire(), size) == field);
  }
}

}  // namespace
}  // namespace seed
