#include "ctl/times.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

TEST_CASE("times are spans from now, days or seconds") {
  constexpr std::int64_t now = 1'800'000'000;
  CHECK(parse_when("45s", now) == now + 45);
  CHECK(parse_when("30m", now) == now + 1800);
  CHECK(parse_when("12h", now) == now + 43200);
  CHECK(parse_when("30d", now) == now + 30 * 86400);
  CHECK(parse_when("2w", now) == now + 14 * 86400);
  CHECK(parse_when("1900000000", now) == 1'900'000'000);
  const auto day = parse_when("2027-01-31", now);
  REQUIRE(day);
  CHECK(parse_when("2027-01-31 01:30", now) == *day + 5400);
  CHECK(parse_when("2027-01-31T01:30", now) == *day + 5400);
  for (const char* bad : {"", "d", "12", "-1d", "1.5d", "2027-02-30", "2027-13-01", "soon", "1y",
                          "99999999999d", "2027-01-31x"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_when(bad, now));
  }
}
