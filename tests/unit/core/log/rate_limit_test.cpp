#include "core/log/rate_limit.h"

#include "tests/support/catch.h"

namespace seed::log {
namespace {

TEST_CASE("one line an interval, and the rest is counted") {
  constexpr Instant start{};
  RateLimit limit(10s);
  CHECK(limit.allow(start));
  CHECK(limit.suppressed() == 0);
  for (int i = 0; i < 9; ++i) CHECK_FALSE(limit.allow(start + i * 1s));
  CHECK_FALSE(limit.allow(start + 10s - 1ns));
  CHECK(limit.allow(start + 10s));
  CHECK(limit.suppressed() == 10);
  CHECK_FALSE(limit.allow(start + 19s));
  CHECK(limit.suppressed() == 10);
  CHECK(limit.allow(start + 1h));
  CHECK(limit.suppressed() == 1);
  CHECK(limit.allow(start + 2h));
  CHECK(limit.suppressed() == 0);
}

}  // namespace
}  // namespace seed::log
