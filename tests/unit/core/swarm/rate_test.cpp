#include "core/swarm/rate.h"

#include <cmath>

#include "tests/support/catch.h"

using namespace seed;
using swarm::RateMeter;

namespace {

const Instant start{1000s};

double off_by(std::uint64_t measured, double truth) {
  return (static_cast<double>(measured) - truth) / truth;
}

}  // namespace

TEST_CASE("a meter without bytes reads zero") {
  RateMeter meter;
  CHECK(meter.rate(start) == 0);
  CHECK(meter.total() == 0);
}

TEST_CASE("a steady stream reads true within three percent in any window") {
  RateMeter meter;
  Instant now = start;
  for (int i = 0; i < 30'000; ++i) {
    now += 1ms;
    meter.add(16'384, now);
    if (i < 2000) continue;
    for (const Duration window : {Duration(1s), Duration(4s), RateMeter::window_max})
      REQUIRE(std::abs(off_by(meter.rate(now, window), 16'384'000.0)) < 0.03);
  }
}

TEST_CASE("a rate dies with its window") {
  RateMeter meter;
  for (int i = 0; i < 100; ++i) meter.add(1000, start + i * 100ms);
  const Instant end = start + 10s;
  CHECK(meter.rate(end, 4s) > 9'000);
  CHECK(meter.rate(end + 2s, 4s) < 6'000);
  CHECK(meter.rate(end + 4s, 4s) == 0);
  CHECK(meter.rate(end + 5s, 20s) > 4'000);
  CHECK(meter.rate(end + 21s, 20s) == 0);
  CHECK(meter.rate(end + 1000h, 20s) == 0);
  CHECK(meter.total() == 100'000);
}

TEST_CASE("a change of rate shows when its window has passed") {
  RateMeter meter;
  Instant now = start;
  for (; now < start + 10s; now += 10ms) meter.add(10'000, now);
  for (; now < start + 15s; now += 10ms) meter.add(1'000, now);
  CHECK(std::abs(off_by(meter.rate(now, 4s), 100'000)) < 0.03);
}

TEST_CASE("a first burst does not read as more than itself over one slot") {
  RateMeter meter;
  meter.add(1'000'000, start);
  CHECK(meter.rate(start) == 2'000'000);
}

TEST_CASE("silence longer than the ring leaves nothing behind") {
  RateMeter meter;
  meter.add(1'000'000, start);
  meter.add(500, start + 100s);
  CHECK(meter.rate(start + 100s, 20s) == 25);
}
