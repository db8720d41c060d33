#include "core/torrent/serving_budget.h"

#include "tests/support/catch.h"

namespace seed::torrent {

TEST_CASE("a link spends what it has at once, and then as time gives it") {
  ServingBudget budget(2, 5);
  const LinkId one{0, 1};
  const LinkId other{1, 1};
  const Instant start = Instant{} + 100s;
  CHECK(budget.spend(one, 5, start));
  CHECK_FALSE(budget.spend(one, 1, start));
  CHECK(budget.spend(other, 5, start));
  CHECK_FALSE(budget.spend(one, 3, start + 1s));
  CHECK(budget.spend(one, 2, start + 1s));
  CHECK_FALSE(budget.spend(one, 6, start + 1h));
  CHECK(budget.spend(one, 5, start + 1h));
  budget.on_gone(one);
  CHECK(budget.spend(one, 5, start + 1h));
}

}  // namespace seed::torrent
