#include "core/base/pace.h"

#include "tests/support/catch.h"

using namespace seed;

namespace {

constexpr Pace::Rate rate{10s, 3};
const Instant start{1000s};

}  // namespace

TEST_CASE("a burst may happen at once, then one an interval") {
  Pace pace;
  CHECK(pace.next(rate) <= Instant{});
  for (int i = 0; i < 3; ++i) CHECK(pace.take(rate, start));
  CHECK_FALSE(pace.take(rate, start));
  CHECK(pace.next(rate) == start + 10s);
  CHECK_FALSE(pace.take(rate, start + 9999ms));
  CHECK(pace.take(rate, start + 10s));
  CHECK_FALSE(pace.take(rate, start + 19s));
  CHECK(pace.take(rate, start + 20s));
}

TEST_CASE("silence fills the burst up, and no more") {
  Pace pace;
  CHECK(pace.take(rate, start));
  CHECK(pace.forgotten_at() == start + 10s);
  int taken = 0;
  while (pace.take(rate, start + 1h)) ++taken;
  CHECK(taken == 3);
}

TEST_CASE("what was spent beyond the burst is waited for") {
  Pace pace;
  for (int i = 0; i < 5; ++i) pace.spend(rate, start);
  CHECK(pace.next(rate) == start + 30s);
}
