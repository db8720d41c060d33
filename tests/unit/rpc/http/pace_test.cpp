#include "rpc/http/pace.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

using Clock = Pace::Clock;

constexpr Clock::time_point start{std::chrono::hours(1)};
constexpr auto stretch = limits::http_rate_grace;
constexpr std::int64_t enough = 15 * 1024;

}  // namespace

TEST_CASE("who moves enough in every stretch keeps up") {
  Pace pace;
  pace.begin(start, 100);
  CHECK(pace.deadline() == start + stretch);
  CHECK(pace.keeps_up(start + stretch / 2, 100));
  for (int i = 1; i <= 100; ++i) {
    REQUIRE(pace.keeps_up(start + i * stretch, 100 + i * enough));
    CHECK(pace.deadline() == start + (i + 1) * stretch);
  }
}

TEST_CASE("who moves less in a stretch does not") {
  Pace pace;
  pace.begin(start, 100);
  CHECK_FALSE(pace.keeps_up(start + stretch, 100 + enough - 1));
}

TEST_CASE("who was quick once may not be slow afterwards") {
  Pace pace;
  pace.begin(start, 0);
  CHECK(pace.keeps_up(start + stretch, 1'000'000'000));
  CHECK_FALSE(pace.keeps_up(start + 2 * stretch, 1'000'000'000));
}
