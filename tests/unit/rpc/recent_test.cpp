#include "rpc/recent.h"

#include "tests/support/catch.h"

namespace seed::rpc {
namespace {

using namespace std::chrono_literals;

struct Setup {
  Recent<int> recent;
  Recent<int>::Clock::time_point now = Recent<int>::Clock::time_point(1h);
  int value = 1;
  int asked = 0;

  int get() {
    return *recent.get(now, [this] {
      ++asked;
      return std::expected<int, CallError>(value);
    });
  }
};

TEST_CASE("who asks again at once gets the last reply") {
  Setup setup;
  CHECK(setup.get() == 1);
  setup.value = 2;
  setup.now += 99ms;
  CHECK(setup.get() == 1);
  CHECK(setup.asked == 1);
  setup.now += 1ms;
  CHECK(setup.get() == 2);
  CHECK(setup.asked == 2);
}

TEST_CASE("a reply from before a change is nobody's any more") {
  Setup setup;
  setup.get();
  setup.value = 2;
  setup.recent.on_change();
  CHECK(setup.get() == 2);
  SECTION("also when it comes after the change") {
    setup.now += 1s;
    const auto late = setup.recent.get(setup.now, [&] {
      const int before = setup.value;
      setup.value = 3;
      setup.recent.on_change();
      return std::expected<int, CallError>(before);
    });
    CHECK(*late == 2);
    CHECK(setup.get() == 3);
  }
}

TEST_CASE("a reply that was overtaken is not kept") {
  Setup setup;
  const auto slow = setup.recent.get(setup.now, [&] {
    setup.now += 50ms;
    setup.value = 2;
    CHECK(setup.get() == 2);
    return std::expected<int, CallError>(1);
  });
  CHECK(*slow == 1);
  CHECK(setup.get() == 2);
}

TEST_CASE("without a reply there is nothing to keep") {
  Setup setup;
  const auto none = setup.recent.get(
      setup.now, []() -> std::expected<int, CallError> { return refuse(1, "no"); });
  CHECK_FALSE(none.has_value());
  CHECK(setup.get() == 1);
}

}  // namespace
}  // namespace seed::rpc
