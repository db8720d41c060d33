#include "rpc/throttle.h"

#include <string>

#include "core/base/endpoint.h"
#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

Sha256 login(int number) { return sha256(as_bytes(std::to_string(number))); }

/// One who guesses, at a clock that only the test turns.
struct Guesser {
  Throttle& throttle;
  Instant now{};
  Throttle::Who who{"192.0.2.1", false};
  std::optional<std::uint32_t> threshold = {};
  int tried = 0;

  Throttle::Say ask() const { return throttle.ask(who, now).say; }
  Duration left() const { return throttle.ask(who, now).left; }
  std::uint32_t fail() { return throttle.on_failure(who, login(++tried), threshold, now); }
};

using Say = Throttle::Say;

}  // namespace

TEST_CASE("the delay grows with each wrong guess, up to a minute") {
  Throttle throttle;
  Guesser guesser{throttle};
  CHECK(guesser.fail() == 1);
  CHECK(guesser.fail() == 2);
  CHECK(guesser.ask() == Say::go_on);
  Duration expected = 1s;
  for (int i = 0; i < 40; ++i) {
    guesser.fail();
    INFO(i);
    CHECK(guesser.ask() == Say::wait);
    CHECK(guesser.left() == expected);
    guesser.now += expected - 1ns;
    CHECK(guesser.ask() == Say::wait);
    guesser.now += 1ns;
    CHECK(guesser.ask() == Say::go_on);
    expected = std::min<Duration>(2 * expected, 60s);
  }
}

TEST_CASE("of many guesses at once only one is looked at") {
  Throttle throttle;
  Guesser guesser{throttle};
  for (int i = 0; i < 5; ++i) guesser.fail();
  guesser.now += 4s;
  CHECK(guesser.ask() == Say::go_on);
  CHECK(guesser.ask() == Say::wait);
  throttle.take_back(guesser.who);
  CHECK(guesser.ask() == Say::go_on);
}

TEST_CASE("the same wrong login again is no new guess") {
  Throttle throttle;
  Guesser guesser{throttle};
  guesser.threshold = 5;
  for (int i = 0; i < 100; ++i) {
    CHECK(throttle.on_failure(guesser.who, login(1), guesser.threshold, guesser.now) == 1);
    guesser.now += 1min;
  }
  CHECK(guesser.ask() == Say::go_on);
}

TEST_CASE("from the threshold on an address is locked for a while, and again at the next guess") {
  Throttle throttle;
  Guesser guesser{throttle};
  guesser.threshold = 5;
  for (int i = 0; i < 4; ++i) guesser.fail();
  CHECK(throttle.look(guesser.who, guesser.now).say == Say::go_on);
  guesser.fail();
  CHECK(guesser.ask() == Say::locked);
  CHECK(throttle.look(guesser.who, guesser.now).say == Say::locked);
  CHECK(guesser.left() == limits::login_locked_for);
  guesser.now += limits::login_locked_for;
  CHECK(throttle.look(guesser.who, guesser.now).say == Say::go_on);
  CHECK(guesser.ask() == Say::go_on);
  guesser.fail();
  CHECK(guesser.ask() == Say::locked);
}

TEST_CASE("a good login and an hour without a bad one are a new start") {
  Throttle throttle;
  Guesser guesser{throttle};
  for (int i = 0; i < 9; ++i) guesser.fail();
  throttle.on_success(guesser.who);
  CHECK(guesser.ask() == Say::go_on);
  CHECK(guesser.fail() == 1);
  for (int i = 0; i < 9; ++i) guesser.fail();
  guesser.now += limits::login_forgotten_after;
  CHECK(guesser.ask() == Say::go_on);
  CHECK(guesser.fail() == 1);
}

TEST_CASE("nobody pays for the guesses of another address") {
  Throttle throttle;
  Guesser guesser{throttle};
  guesser.threshold = 5;
  guesser.who.address = "2001:db8::1";
  for (int i = 0; i < 9; ++i) guesser.fail();
  const auto say = [&](std::string_view address, bool proven = false) {
    return throttle.ask({address, proven}, guesser.now).say;
  };
  CHECK(say("2001:db8::1") == Say::locked);
  CHECK(say("2001:db8::ffff:1") == Say::locked);  // of the same line
  CHECK(say("2001:db8:0:1::1") == Say::go_on);
  CHECK(say("192.0.2.1") == Say::go_on);
  CHECK(say("2001:db8::1", true) == Say::go_on);
}

TEST_CASE("an IPv4 address is the same when it comes as a mapped one") {
  Throttle throttle;
  Guesser guesser{throttle};
  for (int i = 0; i < 9; ++i) guesser.fail();
  CHECK(throttle.ask({"::ffff:192.0.2.1", false}, guesser.now).say == Say::wait);
}

TEST_CASE("many addresses do not make it forget who failed often, nor turn anybody away") {
  Throttle throttle;
  Guesser guesser{throttle};
  for (int i = 0; i < 9; ++i) guesser.fail();
  for (std::uint32_t i = 0; i < 2 * limits::login_addresses_max; ++i) {
    const std::string address = IpAddress::v4(0x0a000000 + i).to_string();
    CHECK(throttle.ask({address, false}, guesser.now).say == Say::go_on);
    CHECK(throttle.on_failure({address, false}, login(1), {}, guesser.now) == 1);
    // Nothing is free any more when there is no room left.
    const bool free = i < limits::login_addresses_max - 1;
    CHECK(throttle.ask({address, false}, guesser.now).say == (free ? Say::go_on : Say::wait));
  }
  CHECK(throttle.size() == limits::login_addresses_max);
  CHECK(guesser.ask() == Say::wait);
}

TEST_CASE("the last wrong logins of an address are known, also after a good one") {
  Throttle throttle;
  Guesser guesser{throttle};
  const auto knows = [&](int number) {
    return throttle.knows_wrong(guesser.who, login(number), guesser.now);
  };
  CHECK_FALSE(knows(1));
  for (int i = 0; i < 4; ++i) guesser.fail();
  for (int i = 1; i <= 4; ++i) CHECK(knows(i));
  throttle.on_success(guesser.who);
  CHECK(knows(1));
  CHECK(guesser.ask() == Say::go_on);
  guesser.fail();
  CHECK_FALSE(knows(1));
  CHECK(knows(2));
  CHECK(knows(5));
  CHECK_FALSE(throttle.knows_wrong({"192.0.2.2", false}, login(5), guesser.now));
  guesser.now += limits::login_forgotten_after;
  CHECK_FALSE(knows(5));
}

TEST_CASE("programs with different old passwords do not make it worse for each other") {
  Throttle throttle;
  Guesser guesser{throttle};
  guesser.threshold = 5;
  for (int i = 0; i < 100; ++i) {
    throttle.on_failure(guesser.who, login(i % 3), guesser.threshold, guesser.now);
    guesser.now += 10s;
  }
  CHECK(guesser.ask() == Say::go_on);
}

TEST_CASE("what pages of other sites try is counted by itself") {
  Throttle throttle;
  Guesser page{throttle};
  page.who.foreign = true;
  for (int i = 0; i < 9; ++i) page.fail();
  CHECK(page.ask() == Say::wait);
  CHECK(Guesser{throttle}.ask() == Say::go_on);
}
