#include "core/torrent/ticking.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

Instant at(Duration since) { return Instant(1h + since); }

TEST_CASE("a torrent ticks once a second while it is awake") {
  Ticking ticking(at(0s));
  CHECK(ticking.next() == never);
  ticking.keep_awake(at(0s));
  CHECK(ticking.next() == at(1s));
  ticking.keep_awake(at(500ms));
  CHECK(ticking.next() == at(1s));
  ticking.begin(at(1s));
  ticking.plan_next(at(1s), false, false);
  CHECK(ticking.next() == at(2s));
}

TEST_CASE("at rest it ticks once a minute, and not at all when it does not run") {
  Ticking ticking(at(0s));
  ticking.plan_next(at(0s), true, true);
  CHECK(ticking.next() == at(60s));
  ticking.plan_next(at(0s), true, false);
  CHECK(ticking.next() == never);
}

TEST_CASE("what happens at rest wakes it") {
  Ticking ticking(at(0s));
  ticking.plan_next(at(0s), true, true);
  ticking.keep_awake(at(10s));
  CHECK(ticking.next() == at(11s));
}

TEST_CASE("a tick may come at once, but not ten times a second") {
  Ticking ticking(at(0s));
  ticking.begin(at(0s));
  ticking.plan_next(at(0s), false, true);
  ticking.soon(at(50ms));
  CHECK(ticking.next() == at(100ms));
  ticking.soon(at(300ms));
  CHECK(ticking.next() == at(100ms));
  ticking.begin(at(100ms));
  ticking.plan_next(at(100ms), false, true);
  ticking.soon(at(700ms));
  CHECK(ticking.next() == at(700ms));
}

}  // namespace
}  // namespace seed::torrent
