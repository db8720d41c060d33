#include "core/base/rng.h"

#include <algorithm>
#include <numeric>

#include "tests/support/catch.h"

namespace seed {
namespace {

TEST_CASE("one seed gives one run everywhere") {
  // Computed apart from this code, from the authors' description of the two generators.
  Rng rng(0);
  CHECK(rng.next() == 0x99ec5f36cb75f2b4);
  CHECK(rng.next() == 0xbf6e1f784956452a);
  CHECK(rng.next() == 0x1a5f849d4933e6e0);
  for (int i = 3; i < 99; ++i) rng.next();
  CHECK(rng.next() == 0x3cb72d021fba219c);
  Rng other(0);
  Buffer first(11);
  other.fill(first);
  CHECK(to_hex(first) == "b4f275cb365fec992a4556");
}

TEST_CASE("below stays below and is even") {
  Rng rng(8);
  CHECK(rng.below(0) == 0);
  CHECK(rng.below(1) == 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[static_cast<std::size_t>(rng.below(7))];
  for (const auto count : counts) CHECK(std::abs(count - 10'000) < 500);
  const auto big = (std::uint64_t{1} << 63) + 1;
  for (int i = 0; i < 1000; ++i) CHECK(rng.below(big) < big);
}

TEST_CASE("unit and between stay within their ends") {
  Rng rng(9);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = rng.unit();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    sum += value;
  }
  CHECK(sum / 10'000 == Approx(0.5).margin(0.02));
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const auto value = rng.between(3ns, 6ns);
    REQUIRE((value >= 3ns && value <= 6ns));
    low = low || value == 3ns;
    high = high || value == 6ns;
  }
  CHECK((low && high));
  CHECK(rng.between(5s, 5s) == 5s);
  CHECK(rng.between(5s, 1s) == 5s);
  for (int i = 0; i < 100; ++i) rng.between(Duration::min(), Duration::max());
}

TEST_CASE("a fork shifts its parent by one step, whatever the fork does") {
  Rng a(10);
  Rng b(10);
  Rng fork = a.fork();
  for (int i = 0; i < 100; ++i) fork.next();
  (void)b.fork();
  CHECK(a.next() == b.next());
}

TEST_CASE("a shuffle keeps all items") {
  Rng rng(11);
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  auto shuffled = items;
  rng.shuffle(shuffled);
  CHECK(shuffled != items);
  std::ranges::sort(shuffled);
  CHECK(shuffled == items);
}

}  // namespace
}  // namespace seed
