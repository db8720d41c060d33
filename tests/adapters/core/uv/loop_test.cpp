#include "core/uv/loop.h"

#include <optional>

#include "core/base/limits.h"
#include "core/uv/clock.h"
#include "core/uv/entropy.h"
#include "core/uv/signals.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using seed::uv::test::bound;

namespace {

struct Owner final : io::TurnOwner {
  std::function<void(Instant)> alarmed;
  std::function<void()> ended;
  int alarms = 0;
  int turns = 0;
  void on_alarm(Instant now) override {
    ++alarms;
    if (alarmed) alarmed(now);
  }
  void on_turn_end(Instant) override {
    ++turns;
    if (ended) ended();
  }
};

}  // namespace

TEST_CASE("the alarm rings at its instant and not before") {
  Loop loop;
  Owner owner;
  const Instant when = Loop::now() + 20ms;
  std::optional<Instant> rang;
  owner.alarmed = [&](Instant now) { rang = now; };
  loop.set_owner(&owner);
  loop.set(when + 1h);
  loop.set(when);
  REQUIRE(loop.run_until([&] { return rang.has_value(); }, bound));
  CHECK(*rang >= when);
  CHECK(owner.alarms == 1);
  // libuv counts in whole milliseconds, an alarm does not.
  for (int i = 0; i < 20; ++i) {
    rang.reset();
    const Instant next = Loop::now() + 1300us;
    loop.set(next);
    REQUIRE(loop.run_until([&] { return rang.has_value(); }, bound));
    CHECK(*rang >= next);
  }
}

TEST_CASE("an alarm in the past rings in the next turn; a cleared one does not ring") {
  Loop loop;
  Owner owner;
  loop.set_owner(&owner);
  loop.set(Loop::now() - 1s);
  REQUIRE(loop.run_until([&] { return owner.alarms == 1; }, bound));
  loop.set(Loop::now() + 5ms);
  loop.set(never);
  CHECK_FALSE(loop.run_until([&] { return owner.alarms > 1; }, 30ms));
}

TEST_CASE(
    "the earliest instant there is has passed, and the last but one comes as little as never") {
  Loop loop;
  Owner owner;
  loop.set_owner(&owner);
  loop.set(Instant::min());
  REQUIRE(loop.run_until([&] { return owner.alarms == 1; }, bound));
  loop.set(never - 1ns);
  CHECK_FALSE(loop.run_until([&] { return owner.alarms > 1; }, 30ms));
}

TEST_CASE("an alarm can be set again from its own call") {
  Loop loop;
  Owner owner;
  owner.alarmed = [&](Instant now) { loop.set(now + 1ms); };
  loop.set_owner(&owner);
  loop.set(Loop::now());
  CHECK(loop.run_until([&] { return owner.alarms >= 5; }, bound));
}

TEST_CASE("again ends one more turn without sleeping") {
  Loop loop;
  Owner owner;
  owner.ended = [&] {
    if (owner.turns < 10) loop.again();
  };
  loop.set_owner(&owner);
  const Instant began = Loop::now();
  // Nothing else is there to wake the loop before the bound.
  REQUIRE(loop.run_until([&] { return owner.turns >= 10; }, bound));
  CHECK(Loop::now() - began < bound / 2);
  const int turns = owner.turns;
  CHECK_FALSE(loop.run_until([&] { return owner.turns > turns + 5; }, 30ms));
}

TEST_CASE("stop ends run at the end of the turn") {
  Loop loop;
  Owner owner;
  owner.alarmed = [&](Instant) { loop.stop(); };
  loop.set_owner(&owner);
  loop.set(Loop::now() + 1ms);
  loop.run();
  CHECK(owner.alarms == 1);
}

TEST_CASE("a turn task runs once, and not after it was destroyed") {
  Loop loop;
  struct Counted {
    int runs = 0;
    std::optional<TurnTask> task;
    Counted* other = nullptr;
    static void run(void* self) {
      auto& counted = *static_cast<Counted*>(self);
      ++counted.runs;
      if (counted.other != nullptr) counted.other->task.reset();
      counted.task.reset();
    }
  };
  Counted first;
  Counted second;
  first.task.emplace(loop, &first, &Counted::run);
  second.task.emplace(loop, &second, &Counted::run);
  first.other = &second;
  first.task->schedule();
  first.task->schedule();
  second.task->schedule();
  REQUIRE(loop.run_until([&] { return first.runs > 0; }, bound));
  CHECK_FALSE(loop.run_until([&] { return first.runs + second.runs > 1; }, 5ms));
}

TEST_CASE("a slow turn is told with what it was spent on") {
  Loop loop;
  Owner owner;
  std::optional<SlowTurn> slow;
  loop.on_slow_turn([&](const SlowTurn& turn) { slow = turn; });
  owner.alarmed = [&](Instant) {
    const Instant end = Loop::now() + limits::slow_turn + 10ms;
    while (Loop::now() < end) {
    }
  };
  loop.set_owner(&owner);
  loop.set(Loop::now());
  REQUIRE(loop.run_until([&] { return slow.has_value(); }, bound));
  CHECK(slow->most == Work::alarm);
  CHECK(slow->took >= limits::slow_turn);
  CHECK(loop.times().worst >= limits::slow_turn);
  CHECK(loop.times().count() == loop.turn());
}

TEST_CASE("a signal arrives on the loop, a ticker ticks") {
  Loop loop;
  int got = 0;
  int ticks = 0;
  Signals signals(loop, {SIGUSR1, SIGUSR2}, [&](int number) { got = number; });
  Ticker ticker(loop, 1ms, [&] { ++ticks; });
  raise(SIGUSR2);
  REQUIRE(loop.run_until([&] { return got == SIGUSR2 && ticks >= 2; }, bound));
}

TEST_CASE("the clocks run and entropy differs") {
  const Clock clock;
  const Instant before = clock.now();
  CHECK(clock.now() >= before);
  CHECK(unix_seconds(clock.wall()) > 1'700'000'000);
  CHECK(clock.local().minute_of_day < 24 * 60);
  Entropy entropy;
  CHECK(entropy.seed() != entropy.seed());
}
