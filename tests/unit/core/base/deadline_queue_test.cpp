#include "core/base/deadline_queue.h"

#include <map>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

using Queue = DeadlineQueue<int, std::hash<int>>;

Instant at(std::int64_t milliseconds) { return Instant(std::chrono::milliseconds(milliseconds)); }

TEST_CASE("what is due comes out in order of instant, then of setting") {
  Queue queue;
  queue.set(3, at(20));
  queue.set(1, at(10));
  queue.set(2, at(10));
  queue.set(4, at(5));
  CHECK(queue.next() == at(5));
  CHECK_FALSE(queue.take_due(at(4)));
  CHECK(queue.take_due(at(10)) == 4);
  CHECK(queue.take_due(at(10)) == 1);
  CHECK(queue.take_due(at(10)) == 2);
  CHECK_FALSE(queue.take_due(at(10)));
  CHECK(queue.take_due(at(100)) == 3);
  CHECK(queue.next() == never);
}

TEST_CASE("a deadline moves and is cleared") {
  Queue queue;
  queue.set(1, at(10));
  queue.set(1, at(30));
  CHECK(queue.size() == 1);
  CHECK_FALSE(queue.take_due(at(20)));
  queue.set(1, never);
  CHECK(queue.size() == 0);
  queue.set(1, at(1));
  queue.clear(1);
  queue.clear(2);
  CHECK(queue.next() == never);
}

TEST_CASE("a deadline queue does as a plain map does") {
  Rng rng(5);
  Queue queue;
  std::map<int, Instant> naive;
  for (int i = 0; i < 5000; ++i) {
    const auto key = static_cast<int>(rng.below(50));
    const auto when = at(static_cast<std::int64_t>(rng.below(100)));
    if (rng.below(4) == 0) {
      queue.clear(key);
      naive.erase(key);
    } else if (rng.below(4) == 0) {
      while (const auto due = queue.take_due(when)) {
        REQUIRE(naive.contains(*due));
        CHECK(naive[*due] <= when);
        naive.erase(*due);
      }
      for (const auto& [left, instant] : naive) CHECK(instant > when);
    } else {
      queue.set(key, when);
      naive[key] = when;
    }
    REQUIRE(queue.size() == naive.size());
  }
}

}  // namespace
}  // namespace seed
