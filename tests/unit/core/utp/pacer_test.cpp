#include "core/utp/pacer.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

constexpr std::size_t packet = 1452;

/// How many may go at once.
int burst(Pacer& pacer, std::size_t window, Duration rtt, Instant now) {
  int out = 0;
  for (; pacer.ready(now) && out < 10'000; ++out) pacer.on_sent(packet, window, rtt, now);
  return out;
}

}  // namespace

TEST_CASE("a window goes over its round trip") {
  Pacer pacer;
  const Instant begin{1h};
  Instant now = begin;
  int sent = 0;
  while (sent < 400) {
    REQUIRE(pacer.ready(now));
    const int more = burst(pacer, 400 * packet, 100ms, now);
    CHECK(more <= 11);
    sent += more;
    REQUIRE(pacer.next() > now);
    now = pacer.next();
  }
  CHECK(now - begin > 75ms);
  CHECK(now - begin < 85ms);
}

TEST_CASE("the first window goes at once, and so does what is little") {
  Pacer pacer;
  CHECK(burst(pacer, 4380, 400ms, Instant{1h}) >= 3);
  // After a rest again, and no more for having rested.
  const int later = burst(pacer, 4380, 400ms, Instant{2h});
  CHECK(later >= 3);
  CHECK(later <= 4);
}

TEST_CASE("an alarm that is late by a millisecond costs no rate") {
  Pacer pacer;
  Instant now{1h};
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    sent += burst(pacer, 400 * packet, 100ms, now);
    now = pacer.next() + 1ms;
  }
  CHECK(static_cast<double>(sent) > 0.98 * 5 * seconds_of(now - Instant{1h}) * 1000);
}

TEST_CASE("before the round trip is known nothing is held") {
  Pacer pacer;
  CHECK(burst(pacer, 4380, Duration(0), Instant{1h}) == 10'000);
}
