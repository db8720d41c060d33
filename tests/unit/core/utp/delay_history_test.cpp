#include "core/utp/delay_history.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

TEST_CASE("the queue is what is above the shortest delay") {
  DelayHistory history;
  const Instant now{1h};
  CHECK_FALSE(history.known());
  CHECK(history.queueing() == Duration(0));
  CHECK(history.on_sample(1000, now) == 0);
  CHECK(history.queueing() == Duration(0));
  // One or two longer ones are noise, the third is not.
  history.on_sample(51'000, now);
  history.on_sample(61'000, now);
  CHECK(history.queueing() == Duration(0));
  history.on_sample(71'000, now);
  CHECK(history.queueing() == 50ms);
  CHECK(history.on_sample(400, now) == 600);
  CHECK(history.base() == 400);
}

TEST_CASE("clocks that know nothing of each other wrap") {
  DelayHistory history;
  const Instant now{1h};
  history.on_sample(0xffffff00, now);
  for (int i = 0; i < 3; ++i) history.on_sample(0x00000300, now);
  CHECK(history.queueing() == 1024us);
  CHECK(history.on_sample(0xfffffe00, now) == 256);
}

TEST_CASE("a shortest delay is forgotten after ten minutes") {
  DelayHistory history;
  Instant now{1h};
  history.on_sample(1000, now);
  for (int i = 0; i < 9; ++i) {
    now += 61s;
    history.on_sample(5000, now);
    CHECK(history.base() == 1000);
  }
  now += 61s;
  history.on_sample(5000, now);
  CHECK(history.base() == 5000);
}

TEST_CASE("a drift moves what was") {
  DelayHistory history;
  const Instant now{1h};
  for (int i = 0; i < 3; ++i) history.on_sample(5000, now);
  history.shift(3000);
  CHECK(history.base() == 8000);
  for (int i = 0; i < 3; ++i) history.on_sample(9000, now);
  CHECK(history.queueing() == 1ms);
}
