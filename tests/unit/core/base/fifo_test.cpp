#include "core/base/fifo.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("a fifo does as a deque does") {
  const std::uint64_t seed = GENERATE(range(1, 11));
  INFO("seed " << seed);
  Rng rng(seed);
  Fifo<std::unique_ptr<int>> fifo;
  std::deque<int> plain;
  for (int step = 0; step < 5000; ++step) {
    switch (rng.below(5)) {
      case 0:
      case 1:
        fifo.push_back(std::make_unique<int>(step));
        plain.push_back(step);
        break;
      case 2:
        if (plain.empty()) break;
        REQUIRE(*fifo.take_front() == plain.front());
        plain.pop_front();
        break;
      case 3: {
        if (plain.empty()) break;
        const auto at = static_cast<std::ptrdiff_t>(rng.below(plain.size()));
        fifo.erase(fifo.begin() + at);
        plain.erase(plain.begin() + at);
        break;
      }
      default:
        if (rng.below(200) == 0) {
          fifo.clear();
          plain.clear();
        }
    }
    REQUIRE(fifo.size() == plain.size());
    REQUIRE(fifo.empty() == plain.empty());
    if (plain.empty()) continue;
    REQUIRE(*fifo.front() == plain.front());
    REQUIRE(*fifo.back() == plain.back());
    REQUIRE(*fifo[plain.size() / 2] == plain[plain.size() / 2]);
  }
  CHECK(std::ranges::equal(fifo, plain, {}, [](const auto& item) { return *item; }));
}

TEST_CASE("what a fifo gives away is not kept alive by it") {
  Fifo<std::shared_ptr<int>> fifo;
  const auto item = std::make_shared<int>(1);
  fifo.push_back(item);
  fifo.push_back(item);
  fifo.pop_front();
  CHECK(item.use_count() == 2);
}

TEST_CASE("a fifo that was moved from is empty and can be used again") {
  Fifo<int> from;
  from.push_back(1);
  from.push_back(2);
  from.pop_front();
  const Fifo<int> to = std::move(from);
  CHECK(to.size() == 1);
  CHECK(to[0] == 2);
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): that is what it promises
  from.push_back(3);
  CHECK(from.front() == 3);
}
