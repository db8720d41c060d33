#include "core/portmap/epoch.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::portmap;

namespace {

constexpr Instant start{1000s};

/// Whether a count of `second`, `passed` after a first one of `first`, says that all is lost.
bool lost(Epoch::Rule rule, std::uint32_t first, Duration passed, std::uint32_t second) {
  Epoch epoch;
  CHECK_FALSE(epoch.began_anew(first, rule, start));
  return epoch.began_anew(second, rule, start + passed);
}

}  // namespace

TEST_CASE("the first count of a gateway is taken as it is") {
  Epoch epoch;
  CHECK_FALSE(epoch.began_anew(5, Epoch::Rule::pcp, start));
  epoch.forget();
  CHECK_FALSE(epoch.began_anew(0, Epoch::Rule::pcp, start + 1h));
}

TEST_CASE("NAT-PMP's count may be an eighth and two seconds slow, and not more") {
  const auto rule = Epoch::Rule::nat_pmp;
  CHECK_FALSE(lost(rule, 1000, 800s, 1800));
  CHECK_FALSE(lost(rule, 1000, 800s, 1698));
  CHECK(lost(rule, 1000, 800s, 1697));
  CHECK(lost(rule, 1000, 800s, 0));
  // Nothing is said of one that is too fast.
  CHECK_FALSE(lost(rule, 1000, 1s, 100'000));
  CHECK_FALSE(lost(rule, 1000, 0s, 998));
}

TEST_CASE("PCP's count may go back one second and no more") {
  const auto rule = Epoch::Rule::pcp;
  CHECK_FALSE(lost(rule, 1000, 0s, 999));
  CHECK(lost(rule, 1000, 0s, 998));
}

TEST_CASE("PCP's count may be a sixteenth and two seconds slow or fast") {
  const auto rule = Epoch::Rule::pcp;
  CHECK_FALSE(lost(rule, 1000, 1600s, 2600));
  CHECK_FALSE(lost(rule, 1000, 1600s, 2498));
  CHECK(lost(rule, 1000, 1600s, 2497));
  CHECK_FALSE(lost(rule, 1000, 1500s, 2602));
  CHECK(lost(rule, 1000, 1500s, 2604));
}

TEST_CASE("each count is held against the last one") {
  Epoch epoch;
  CHECK_FALSE(epoch.began_anew(1000, Epoch::Rule::pcp, start));
  CHECK(epoch.began_anew(3, Epoch::Rule::pcp, start + 60s));
  CHECK_FALSE(epoch.began_anew(63, Epoch::Rule::pcp, start + 120s));
}

TEST_CASE("the highest count does not wrap") {
  CHECK_FALSE(lost(Epoch::Rule::pcp, 0xffffffff, 0s, 0xffffffff));
  CHECK(lost(Epoch::Rule::pcp, 0xffffffff, 1s, 0));
  CHECK(lost(Epoch::Rule::nat_pmp, 0xffffffff, 1s, 0));
}
