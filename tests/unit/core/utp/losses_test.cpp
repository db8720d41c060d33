#include "core/utp/losses.h"

#include "tests/support/catch.h"

using namespace seed::utp;

TEST_CASE("a line that loses with and without a queue is a bad one") {
  Losses losses;
  for (int i = 0; i < 50; ++i) {
    losses.on_came(99, 100, false);
    losses.on_lost(100, false);
    CHECK(losses.of_line());
  }
  // With a queue of ours it goes on.
  for (int i = 0; i < 50; ++i) {
    losses.on_came(99, 100, true);
    losses.on_lost(100, true);
    CHECK(losses.of_line());
  }
}

TEST_CASE("a queue that overflows loses with a queue only") {
  Losses losses;
  for (int i = 0; i < 50; ++i) {
    losses.on_came(500, 100, false);
    losses.on_came(500, 100, true);
    losses.on_lost(100, true);
    CHECK(losses.few());
    CHECK_FALSE(losses.of_line());
  }
}

TEST_CASE("what comes at once counts as what comes one by one") {
  Losses losses;
  for (int i = 0; i < 100; ++i) {
    // Of what could not be told before: 1 % is missing, all found at once.
    losses.on_came(1980, 500, false);
    for (int lost = 0; lost < 20; ++lost) losses.on_lost(500, false);
  }
  losses.on_came(1980, 500, false);
  CHECK(losses.few());
}

TEST_CASE("many losses are never the line's") {
  Losses losses;
  for (int i = 0; i < 100; ++i) {
    losses.on_came(19, 100, false);
    losses.on_lost(100, false);
  }
  CHECK_FALSE(losses.few());
  CHECK_FALSE(losses.of_line());
  losses.on_came(2000, 100, false);
  losses.on_came(2000, 100, false);
  losses.on_came(2000, 100, false);
  CHECK(losses.few());
}
