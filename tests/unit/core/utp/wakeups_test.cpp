#include "core/utp/wakeups.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

TEST_CASE("the earliest comes first, and of equals the same in every run") {
  Wakeups wakeups;
  const Instant now{1h};
  CHECK(wakeups.next() == never);
  wakeups.add(now + 3s, {3, 1});
  wakeups.add(now + 1s, {2, 1});
  wakeups.add(now + 1s, {1, 1});
  wakeups.add(now + 2s, {4, 1});
  CHECK(wakeups.next() == now + 1s);
  CHECK(wakeups.take().id.slot == 1);
  CHECK(wakeups.take().id.slot == 2);
  wakeups.purge([](const Wakeups::Entry& entry) { return entry.id.slot == 4; });
  CHECK(wakeups.size() == 1);
  CHECK(wakeups.take().id.slot == 3);
  CHECK(wakeups.empty());
}
