#include "core/utp/buffer_pool.h"

#include "tests/support/catch.h"

using namespace seed::utp;

TEST_CASE("a buffer that was given back is used again") {
  Budget budget(10'000);
  BufferPool pool(1000, budget);
  std::uint8_t* was = nullptr;
  {
    const auto buffer = pool.take();
    was = buffer.get();
    CHECK(budget.used() == 1000);
  }
  CHECK(budget.used() == 0);
  CHECK(pool.take().get() == was);
}

TEST_CASE("all pools of a budget together are bounded") {
  Budget budget(3000);
  BufferPool small(1000, budget), large(2000, budget);
  const auto one = small.take();
  auto two = large.take();
  CHECK(budget.scarce());
  CHECK_FALSE(small.take());
  CHECK_FALSE(small.charge(1));
  two.reset();
  CHECK_FALSE(budget.scarce());
  CHECK_FALSE(large.charge(2001));
  CHECK(large.charge(2000));
  CHECK_FALSE(small.take());
  large.discharge(2000);
  CHECK(small.take());
}
