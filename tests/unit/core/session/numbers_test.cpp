#include "core/session/numbers.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

TEST_CASE("a run begins above those before, whatever the clock says") {
  const std::uint64_t clock = Numbers::by_clock(from_unix_seconds(1'800'000'000));
  CHECK(Numbers::first(clock, {}) == clock);
  Numbers run;
  std::uint64_t used = clock + 5000;
  const Buffer kept = run.keep(used);
  CHECK_FALSE(run.running_out(used));
  // In the same second, and with a clock that was set back.
  for (const std::uint64_t again : {clock, Numbers::by_clock(from_unix_seconds(5))})
    CHECK(Numbers::first(again, kept) > used + Numbers::ahead / 2);
  const std::uint64_t later = Numbers::by_clock(from_unix_seconds(1'900'000'000));
  CHECK(Numbers::first(later, kept) == later);
}

TEST_CASE("the store hears of more numbers before those that it keeps are used up") {
  Numbers run;
  CHECK(run.running_out(1));
  run.keep(1);
  CHECK_FALSE(run.running_out(Numbers::ahead / 2));
  CHECK(run.running_out(Numbers::ahead / 2 + 2));
  run.keep(Numbers::ahead);
  CHECK_FALSE(run.running_out(Numbers::ahead + 1));
  run.on_lost();
  CHECK(run.running_out(Numbers::ahead + 1));
}

TEST_CASE("what is damaged is not believed") {
  for (const char* text : {"", "x", "12x", "-1", "99999999999999999999", "9007199254740992"})
    CHECK(Numbers::first(7, to_buffer(text)) == 7);
  CHECK(Numbers::by_clock(from_unix_seconds(-9)) > 0);
}

}  // namespace
}  // namespace seed::session
