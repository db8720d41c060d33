#include "core/session/goodbye.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

Instant at(Duration since) { return Instant(1h + since); }

struct Setup {
  Goodbye goodbye;
  int stopped = 0;
  bool begin(Instant now) {
    return goodbye.begin([this] { ++stopped; }, now);
  }
};

TEST_CASE("a session runs from when it is loaded until it is told to stop") {
  Setup setup;
  CHECK_FALSE(setup.goodbye.running());
  setup.goodbye.on_started();
  CHECK(setup.goodbye.running());
  CHECK(setup.goodbye.deadline() == never);
  CHECK(setup.begin(at(0s)));
  CHECK_FALSE(setup.goodbye.running());
  CHECK(setup.goodbye.awake());
}

TEST_CASE("it waits for its trackers as long as they need, up to its patience") {
  Setup setup;
  setup.goodbye.on_started();
  setup.begin(at(0s));
  CHECK(setup.goodbye.deadline() == at(limits::stop_announces_max));
  CHECK_FALSE(setup.goodbye.may_flush(false, at(limits::stop_announces_max) - 1ns));
  SECTION("all have been told") { CHECK(setup.goodbye.may_flush(true, at(1s))); }
  SECTION("enough waited") {
    CHECK(setup.goodbye.may_flush(false, at(limits::stop_announces_max)));
  }
  SECTION("a second order ends the patience") {
    CHECK_FALSE(setup.begin(at(1s)));
    CHECK(setup.goodbye.may_flush(false, at(1s)));
  }
  CHECK_FALSE(setup.goodbye.may_flush(true, at(20s)));
}

TEST_CASE("a store that never becomes durable keeps nobody from being saved") {
  Setup setup;
  setup.goodbye.on_started();
  setup.begin(at(0s));
  CHECK_FALSE(setup.goodbye.give_up_flushing(at(20s)));
  CHECK(setup.goodbye.may_flush(true, at(1s)));
  setup.goodbye.expect_flush();
  CHECK_FALSE(setup.goodbye.on_flushed());
  CHECK(setup.goodbye.deadline() == at(limits::stop_flushes_max));
  CHECK_FALSE(setup.goodbye.give_up_flushing(at(limits::stop_flushes_max) - 1ns));
  SECTION("enough waited") { CHECK(setup.goodbye.give_up_flushing(at(limits::stop_flushes_max))); }
  SECTION("a second order ends the patience") {
    CHECK_FALSE(setup.begin(at(2s)));
    CHECK(setup.goodbye.give_up_flushing(at(2s)));
  }
  CHECK_FALSE(setup.goodbye.give_up_flushing(at(20s)));
  CHECK_FALSE(setup.goodbye.on_flushed());
  setup.goodbye.on_saved();
  CHECK(setup.goodbye.deadline() == never);
  CHECK(setup.stopped == 1);
}

TEST_CASE("with every disk hung the end comes within ten seconds") {
  CHECK(limits::stop_calls_max + limits::stop_saves_max + limits::stop_jobs_max < 10s);
  CHECK(limits::stop_flushes_max < limits::stop_saves_max);
}

TEST_CASE("a state that cannot be saved does not keep it from ending") {
  Setup setup;
  setup.goodbye.on_started();
  setup.begin(at(0s));
  CHECK(setup.goodbye.may_flush(true, at(0s)));
  CHECK_FALSE(setup.goodbye.give_up_saving(at(20s)));
  CHECK(setup.goodbye.on_flushed());
  CHECK(setup.goodbye.deadline() == at(limits::stop_saves_max));
  CHECK_FALSE(setup.goodbye.give_up_saving(at(limits::stop_saves_max) - 1ns));
  SECTION("enough waited") { CHECK(setup.goodbye.give_up_saving(at(limits::stop_saves_max))); }
  SECTION("a second order ends the patience") {
    CHECK_FALSE(setup.begin(at(2s)));
    CHECK(setup.goodbye.give_up_saving(at(2s)));
  }
  setup.goodbye.on_saved();
  CHECK_FALSE(setup.goodbye.give_up_saving(at(20s)));
  CHECK(setup.goodbye.deadline() == never);
  CHECK(setup.stopped == 1);
}

TEST_CASE("claims are saved when every store is durable, then it has stopped, once") {
  Setup setup;
  setup.goodbye.on_started();
  setup.begin(at(0s));
  CHECK(setup.goodbye.may_flush(true, at(0s)));
  setup.goodbye.expect_flush();
  setup.goodbye.expect_flush();
  CHECK_FALSE(setup.goodbye.on_flushed());
  CHECK_FALSE(setup.goodbye.on_flushed());
  CHECK(setup.goodbye.on_flushed());
  CHECK(setup.stopped == 0);
  setup.goodbye.on_saved();
  setup.goodbye.on_saved();
  CHECK(setup.stopped == 1);
  CHECK_FALSE(setup.goodbye.awake());
}

TEST_CASE("stores that are durable at once do not end it too early") {
  Setup setup;
  setup.goodbye.on_started();
  setup.begin(at(0s));
  setup.goodbye.may_flush(true, at(0s));
  setup.goodbye.expect_flush();
  CHECK_FALSE(setup.goodbye.on_flushed());
  setup.goodbye.expect_flush();
  CHECK_FALSE(setup.goodbye.on_flushed());
  CHECK(setup.goodbye.on_flushed());
}

}  // namespace
}  // namespace seed::session
