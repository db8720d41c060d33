#include "core/utp/resets.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

TEST_CASE("resets come out in order, and no more than a hundred at once") {
  Resets resets;
  const Instant now{1h};
  int added = 0;
  for (std::uint16_t i = 0; i < 1000; ++i)
    if (resets.add({IpAddress::v4(1), i}, now) != nullptr) ++added;
  CHECK(added == Resets::rate.burst);
  for (std::uint16_t i = 0; i < added; ++i) CHECK(resets.next()->to.port == i);
  CHECK_FALSE(resets.next());
  CHECK(resets.add({}, now + Resets::rate.interval) != nullptr);
  CHECK(resets.add({}, now + Resets::rate.interval) == nullptr);
}
