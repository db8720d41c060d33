#include "core/utp/rtt.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

TEST_CASE("a second is waited before anything is known, and never less than half of one") {
  Rtt rtt;
  CHECK_FALSE(rtt.known());
  CHECK(rtt.timeout() == 1s);
  for (int i = 0; i < 100; ++i) rtt.on_sample(50us);
  CHECK(rtt.known());
  CHECK(rtt.timeout() == 500ms);
  CHECK(rtt.smoothed() == 50us);
}

TEST_CASE("the time waited follows RFC 6298") {
  Rtt rtt;
  rtt.on_sample(400ms);
  CHECK(rtt.smoothed() == 400ms);
  CHECK(rtt.timeout() == 400ms + 4 * 200ms);
  rtt.on_sample(480ms);
  // 3/4 of 200 and 1/4 of 80; 7/8 of 400 and 1/8 of 480.
  CHECK(rtt.smoothed() == 410ms);
  CHECK(rtt.timeout() == 410ms + 4 * 170ms);
  CHECK(rtt.least() == 400ms);
  CHECK(rtt.latest() == 480ms);
}

TEST_CASE("it doubles with each silence up to a minute") {
  Rtt rtt;
  CHECK(rtt.timeout(0) == 1s);
  CHECK(rtt.timeout(3) == 8s);
  CHECK(rtt.timeout(6) == 60s);
  CHECK(rtt.timeout(1'000'000) == 60s);
  rtt.on_sample(1h);
  CHECK(rtt.timeout() == 60s);
}

TEST_CASE("no time at all is a time too") {
  Rtt rtt;
  rtt.on_sample(Duration(0));
  CHECK(rtt.known());
  CHECK(rtt.smoothed() > Duration(0));
}
