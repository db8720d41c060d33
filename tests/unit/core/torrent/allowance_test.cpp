#include "core/torrent/allowance.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

Instant at(Duration since) { return Instant(since); }

TEST_CASE("nothing is limited until somebody says so") {
  Allowance session;
  Allowance torrent(&session);
  CHECK(torrent.available(Direction::down, at(1s)) == TokenBucket::unlimited);
  CHECK_FALSE(torrent.limited(Direction::down));
}

/// Asks every millisecond and takes all that is given; returns octets in ten seconds.
std::uint64_t passes(Allowance& allowance, Direction direction) {
  std::uint64_t sum = 0;
  for (int ms = 0; ms < 10'000; ++ms) {
    const Instant now = at(std::chrono::milliseconds(ms));
    while (const auto granted = allowance.available(direction, now)) {
      allowance.spend(direction, granted, now);
      sum += granted;
    }
  }
  return sum;
}

TEST_CASE("a torrent keeps to the tighter of its own limit and the session's") {
  for (const std::uint64_t session_rate : {50'000u, 5'000'000u}) {
    Allowance session;
    Allowance torrent(&session);
    session.set_rate(Direction::up, session_rate, at(0s));
    torrent.set_rate(Direction::up, 500'000, at(0s));
    const double expected =
        10.0 * static_cast<double>(std::min<std::uint64_t>(session_rate, 500'000));
    CHECK(static_cast<double>(passes(torrent, Direction::up)) == Approx(expected).epsilon(0.05));
    CHECK(torrent.available(Direction::down, at(10s)) == TokenBucket::unlimited);
  }
}

TEST_CASE("a torrent that does not honour the session's limit is not held by it") {
  Allowance session;
  Allowance torrent(&session);
  session.set_rate(Direction::up, 1000, at(0s));
  torrent.set_honors_session(false);
  CHECK(torrent.available(Direction::up, at(1s)) == TokenBucket::unlimited);
}

TEST_CASE("a group's limit holds for all of its torrents together") {
  Allowance session;
  Allowance group(&session);
  Allowance one(&group);
  Allowance other(&group);
  group.set_rate(Direction::up, 200'000, at(0s));
  std::uint64_t sum = 0;
  for (int ms = 0; ms < 10'000; ++ms)
    for (Allowance* torrent : {&one, &other}) {
      const Instant now = at(std::chrono::milliseconds(ms));
      const auto granted = torrent->available(Direction::up, now);
      torrent->spend(Direction::up, granted, now);
      sum += granted;
    }
  CHECK(static_cast<double>(sum) == Approx(2'000'000).epsilon(0.05));
  CHECK(session.available(Direction::up, at(10s)) == TokenBucket::unlimited);
}

TEST_CASE(
    "a group holds torrents that do not honour the session's limit, and only those honour it "
    "whose group does") {
  Allowance session;
  Allowance group(&session);
  Allowance torrent(&group);
  session.set_rate(Direction::down, 0, at(0s));
  CHECK(torrent.shut(Direction::down));
  SECTION("the torrent does not") { torrent.set_honors_session(false); }
  SECTION("the group does not") { group.set_honors_session(false); }
  CHECK_FALSE(torrent.shut(Direction::down));
  CHECK_FALSE(torrent.limited(Direction::down));
  group.set_rate(Direction::down, 0, at(0s));
  CHECK(torrent.shut(Direction::down));
}

TEST_CASE("a torrent that changes its group is held by the new one alone") {
  Allowance session;
  Allowance slow(&session);
  Allowance fast(&session);
  Allowance torrent(&slow);
  slow.set_rate(Direction::up, 0, at(0s));
  REQUIRE(torrent.shut(Direction::up));
  torrent.set_parent(fast);
  CHECK_FALSE(torrent.limited(Direction::up));
}

TEST_CASE("one grant under a limit is small, so that links share") {
  Allowance session;
  session.set_rate(Direction::down, 1'000'000, at(0s));
  CHECK(session.available(Direction::down, at(0s)) == 0);
  CHECK(session.available(Direction::down, at(5s)) <= Allowance::grant_max);
  CHECK(session.when(Direction::down, at(5s)) == at(5s));
}

TEST_CASE("nothing is granted before it is worth a packet") {
  Allowance session;
  session.set_rate(Direction::up, 1'000'000, at(0s));
  while (const auto more = session.available(Direction::up, at(1s)))
    session.spend(Direction::up, more, at(1s));
  const Instant when = session.when(Direction::up, at(1s));
  REQUIRE(when > at(1s));
  CHECK(session.available(Direction::up, when - 1ms) == 0);
  CHECK(session.available(Direction::up, when) == Allowance::grant_max);
}

TEST_CASE("a rate of zero lets nothing pass, ever") {
  Allowance session;
  session.set_rate(Direction::down, 0, at(0s));
  CHECK(session.available(Direction::down, at(100s)) == 0);
  CHECK(session.when(Direction::down, at(100s)) == never);
}

}  // namespace
}  // namespace seed::torrent
