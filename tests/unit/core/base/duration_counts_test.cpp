#include "core/base/duration_counts.h"

#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("durations fall into buckets of powers of two") {
  DurationCounts times;
  times.add(500ns);
  times.add(1us);
  times.add(3us);
  times.add(4us);
  times.add(100h);
  CHECK(times.counts[0] == 1);
  CHECK(times.counts[1] == 1);
  CHECK(times.counts[2] == 1);
  CHECK(times.counts[3] == 1);
  CHECK(times.counts.back() == 1);
  CHECK(times.worst == 100h);
  CHECK(times.count() == 5);
  CHECK(times.sum == 100h + 8us + 500ns);
}

TEST_CASE("a duration below zero counts as the shortest") {
  DurationCounts times;
  times.add(-1s);
  CHECK(times.counts[0] == 1);
}
