#include "core/dht/pacer.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

TEST_CASE("a burst may go at once, and then so many a second") {
  Pacer pacer(10, 3);
  Instant now = Instant{} + 5s;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(pacer.ready(now));
    pacer.spend(1, now);
  }
  CHECK_FALSE(pacer.ready(now));
  CHECK(pacer.next_at() == now + 100ms);
  int went = 0;
  for (; now < Instant{} + 15s; now += 1ms)
    if (pacer.ready(now)) {
      pacer.spend(1, now);
      ++went;
    }
  CHECK(went >= 99);
  CHECK(went <= 101);
}

TEST_CASE("what was not used is not kept beyond the burst") {
  Pacer pacer(10, 3);
  const Instant now = Instant{} + 1h;
  for (int i = 0; i < 3; ++i) pacer.spend(1, now);
  CHECK_FALSE(pacer.ready(now));
}

TEST_CASE("more than is left may be spent, and is paid back") {
  Pacer pacer(1000, 100);
  const Instant now = Instant{} + 1s;
  pacer.spend(1100, now);
  CHECK_FALSE(pacer.ready(now + 1s));
  CHECK(pacer.ready(now + 1001ms));
}

TEST_CASE("another rate counts from then on, and none is one") {
  Pacer pacer(10, 1);
  const Instant now = Instant{} + 1s;
  pacer.spend(1, now);
  pacer.set_rate(1000, 1);
  pacer.spend(1, now + 100ms);
  CHECK(pacer.next_at() == now + 101ms);
  pacer.set_rate(0, 0);
  pacer.spend(1, now + 200ms);
  CHECK(pacer.next_at() == now + 1200ms);
}
