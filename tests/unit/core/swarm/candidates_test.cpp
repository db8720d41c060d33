#include "core/swarm/candidates.h"

#include <algorithm>

#include "core/swarm/peer_priority.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

const Instant start{1000s};
Endpoint peer(std::uint32_t n, std::uint16_t port = 6881) {
  return {IpAddress::v4(0x0a000000 + n), port};
}
const CandidateFlags seed_flag{.seed = true};

/// Dials and fails until `now`; the back-off that results, in seconds.
double failed_for(Candidates& all, Instant now) {
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::unreachable, now);
  return seconds_of(all.next_due(now) - now);
}

}  // namespace

TEST_CASE("a candidate is dialled once, and again after it was closed and a pause") {
  Candidates all(Rng(1));
  CHECK(all.next_due(start) == never);
  CHECK(all.add(peer(1), Source::tracker, {}, start));
  CHECK(all.add(peer(1), Source::pex, {}, start));
  CHECK(all.size() == 1);
  REQUIRE(all.next_to_dial(start));
  CHECK(all.next_to_dial(start)->endpoint == peer(1));
  all.on_dialing(peer(1));
  CHECK_FALSE(all.next_to_dial(start));
  all.on_connected(peer(1));
  CHECK(all.add(peer(1), Source::tracker, {}, start));
  CHECK_FALSE(all.next_to_dial(start + 1h));
  all.on_closed(peer(1), CloseKind::good, start);
  CHECK_FALSE(all.next_to_dial(start + 10s));
  CHECK(all.next_due(start) > start + 30s);
  CHECK(all.next_to_dial(start + 2min)->was_good);
}

TEST_CASE("the better source goes first, then fewer failures before all") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::dht, {}, start);
  all.add(peer(2), Source::tracker, {}, start);
  all.add(peer(3), Source::manual, {}, start);
  CHECK(all.next_to_dial(start)->endpoint == peer(3));
  all.on_dialing(peer(3));
  all.on_failed(peer(3), DialFailure::unreachable, start);
  CHECK(all.next_to_dial(start + 2min)->endpoint == peer(2));
  all.on_dialing(peer(2));
  CHECK(all.next_to_dial(start + 2min)->endpoint == peer(1));
  all.on_dialing(peer(1));
  CHECK(all.next_to_dial(start + 2min)->endpoint == peer(3));
}

TEST_CASE("whom we had a good link to goes before whom we had none, whatever its source") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::dht, {}, start);
  all.on_dialing(peer(1));
  all.on_connected(peer(1));
  all.on_closed(peer(1), CloseKind::good, start);
  all.add(peer(2), Source::tracker, {}, start);
  CHECK(all.next_to_dial(start)->endpoint == peer(2));  // the pause after a link
  CHECK(all.next_to_dial(start + 2min)->endpoint == peer(1));
}

TEST_CASE("a handshake that came to nothing is begun the other way at once, and once") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  CHECK_FALSE(all.next_to_dial(start)->other_way);
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::mute, start);
  REQUIRE(all.next_to_dial(start));
  CHECK(all.next_to_dial(start)->other_way);
  CHECK(all.next_to_dial(start)->failures == 0);
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::mute, start);
  CHECK_FALSE(all.next_to_dial(start));
  REQUIRE(all.next_to_dial(start + 2min));
  CHECK_FALSE(all.next_to_dial(start + 2min)->other_way);
  CHECK(all.next_to_dial(start + 2min)->failures == 1);
}

TEST_CASE("of equal ones the canonical priority decides once our address is known") {
  Candidates all(Rng(1));
  for (std::uint32_t i = 0; i < 50; ++i)
    all.add({IpAddress::v4(0x50000000 + i * 0x00312345), 6881}, Source::tracker, {}, start);
  const Endpoint own{IpAddress::v4(0x01020304), 6881};
  all.set_own(own, std::nullopt);
  std::uint32_t last = 0xffffffff;
  for (int i = 0; i < 50; ++i) {
    const auto next = all.next_to_dial(start);
    REQUIRE(next);
    const auto priority = peer_priority(own, next->endpoint);
    CHECK(priority <= last);
    last = priority;
    all.on_dialing(next->endpoint);
  }
}

TEST_CASE(
    "whom our own network took from us is dialled soon, and its first refusals do not count") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  all.on_connected(peer(1));
  all.on_closed(peer(1), CloseKind::cut, start);
  Instant now = start + 1s;
  for (int i = 0; i < Candidates::cut_tries; ++i) {
    REQUIRE(all.next_to_dial(now));
    CHECK(all.next_to_dial(now)->failures == 0);
    all.on_dialing(peer(1));
    all.on_failed(peer(1), DialFailure::protocol, now);
    CHECK_FALSE(all.next_to_dial(now + 1s));
    now += 3s;
  }
  REQUIRE(all.next_to_dial(now));
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::protocol, now);
  CHECK_FALSE(all.next_to_dial(now + 40s));
  REQUIRE(all.next_to_dial(now + 2min));
  CHECK(all.next_to_dial(now + 2min)->failures == 1);
}

TEST_CASE("a dial that our own network cut off is tried soon again") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::cut, start);
  CHECK_FALSE(all.next_to_dial(start + 100ms));
  CHECK(all.next_to_dial(start + 500ms));
}

TEST_CASE("whoever could not be reached is dialled at once over another network") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  REQUIRE(failed_for(all, start) > 30);
  all.add(peer(2), Source::tracker, {}, start);
  all.on_dialing(peer(2));
  all.on_connected(peer(2));
  all.on_closed(peer(2), CloseKind::good, start);
  all.forgive(start);
  REQUIRE(all.next_to_dial(start));
  CHECK(all.next_to_dial(start)->endpoint == peer(1));
  CHECK(all.next_to_dial(start)->failures == 0);
  all.on_dialing(peer(1));
  CHECK_FALSE(all.next_to_dial(start));  // a pause after a good link stays
  // Nor do tries that did not count make anybody wait.
  all.on_failed(peer(1), DialFailure::cut, start);
  REQUIRE(all.next_to_dial(start + 1s));
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::unreachable, start + 1s);
  CHECK_FALSE(all.next_to_dial(start + 1s));
  all.forgive(start + 1s);
  CHECK(all.next_to_dial(start + 1s));
}

TEST_CASE("failures back off from one minute to sixty, with jitter") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  Instant now = start;
  for (const double minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const double pause = failed_for(all, now);
    CHECK(pause >= minutes * 60 * 0.79);
    CHECK(pause <= minutes * 60 * 1.21);
    CHECK_FALSE(all.next_to_dial(now + 40s));
    now += 2h;
    CHECK(all.next_to_dial(now));
  }
  all.on_dialing(peer(1));
  all.on_connected(peer(1));
  all.on_closed(peer(1), CloseKind::bad, now);
  CHECK(all.next_due(now) > now + 40min);
}

TEST_CASE("our own shortage is not held against a candidate") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::local, start);
  CHECK(all.next_due(start) <= start + 6s);
  CHECK(all.next_to_dial(start + 6s)->failures == 0);
}

TEST_CASE("addresses that cannot be peers are refused") {
  Candidates all(Rng(1));
  all.set_own(peer(9), std::nullopt);
  CHECK_FALSE(all.add(peer(1, 0), Source::tracker, {}, start));
  CHECK_FALSE(all.add({IpAddress(), 80}, Source::tracker, {}, start));
  CHECK_FALSE(all.add({*IpAddress::parse("224.0.0.1"), 80}, Source::tracker, {}, start));
  CHECK_FALSE(all.add(peer(9), Source::tracker, {}, start));
  CHECK(all.add(peer(9, 6882), Source::tracker, {}, start));
  CHECK(all.add({*IpAddress::parse("127.0.0.1"), 80}, Source::tracker, {}, start));
}

TEST_CASE("where our own peer id answered is never dialled again") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  all.on_failed(peer(1), DialFailure::ourselves, start);
  CHECK_FALSE(all.add(peer(1), Source::tracker, {}, start));
  CHECK(all.size() == 0);
}

TEST_CASE("a seed passes over seeds until it misses something") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, seed_flag, start);
  all.add(peer(2), Source::dht, {}, start);
  CHECK(all.next_to_dial(start)->endpoint == peer(1));
  all.set_seeding(true);
  CHECK(all.next_to_dial(start)->endpoint == peer(2));
  all.on_dialing(peer(2));
  CHECK(all.next_due(start) == never);
  all.add(peer(3), Source::tracker, seed_flag, start);
  CHECK_FALSE(all.next_to_dial(start));
  all.on_connected(peer(2));
  all.set_flags(peer(2), seed_flag);
  all.on_closed(peer(2), CloseKind::useless, start);
  CHECK_FALSE(all.next_to_dial(start + 24h));
  all.set_seeding(false);
  CHECK(all.next_to_dial(start + 24h));
  CHECK(all.idle_count() == 3);
}

TEST_CASE("a seed that was of no use is dialled at once when something is wanted of it") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  all.on_connected(peer(1));
  all.set_seeding(true);
  all.set_flags(peer(1), seed_flag);
  all.on_closed(peer(1), CloseKind::useless, start);
  all.set_seeding(false);
  CHECK(all.next_to_dial(start));
}

TEST_CASE("when the table is full the worst gives way") {
  Candidates all(Rng(1), 3);
  all.add(peer(1), Source::tracker, {}, start);
  all.add(peer(2), Source::tracker, {}, start);
  all.add(peer(3), Source::dht, {}, start);
  CHECK(all.add(peer(4), Source::tracker, {}, start));
  CHECK(all.size() == 3);
  CHECK_FALSE(all.add(peer(5), Source::dht, {}, start));
  all.on_dialing(peer(1));
  CHECK(all.add(peer(5), Source::dht, {}, start));
  all.on_failed(peer(1), DialFailure::unreachable, start);
  CHECK(all.idle_count() == 3);
  for (std::uint32_t i = 10; i < 1000; ++i) all.add(peer(i), Source::tracker, {}, start);
  CHECK(all.size() == 3);
}

TEST_CASE("an incoming link and its listening port become one candidate") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  const Endpoint remote = peer(1, 50'000);
  CHECK(all.on_incoming(remote) == Known::fresh);
  CHECK(all.size() == 2);
  CHECK(all.on_listen_port(remote, 6881) == Known::fresh);
  CHECK(all.size() == 1);
  CHECK_FALSE(all.next_to_dial(start));
  CHECK(all.add(peer(1), Source::tracker, {}, start));
  CHECK(all.on_incoming(remote) == Known::doublet);
  all.on_closed(remote, CloseKind::good, start);
  CHECK(all.next_to_dial(start + 2min)->endpoint == peer(1));
  CHECK(all.next_to_dial(start + 2min)->source == Source::incoming);
}

TEST_CASE("an incoming link to a peer that is connected already is a doublet") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.on_dialing(peer(1));
  const Endpoint remote = peer(1, 50'000);
  CHECK(all.on_incoming(remote) == Known::fresh);
  CHECK(all.on_listen_port(remote, 6881) == Known::doublet);
  all.on_closed(remote, CloseKind::useless, start);
  CHECK(all.size() == 1);
  all.on_connected(peer(1));
  CHECK(all.on_incoming(peer(1)) == Known::doublet);
}

TEST_CASE("an incoming link without a listening port is forgotten when it closes") {
  Candidates all(Rng(1));
  all.on_incoming(peer(1, 50'000));
  CHECK(all.save(10).empty());
  all.on_closed(peer(1, 50'000), CloseKind::good, start);
  CHECK(all.size() == 0);
  all.on_closed(peer(1, 50'000), CloseKind::good, start);
}

TEST_CASE("a banned address is dropped and refused") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.add(peer(1, 7000), Source::tracker, {}, start);
  all.on_dialing(peer(1, 7000));
  all.on_connected(peer(1, 7000));
  all.ban(peer(1).address);
  CHECK(all.banned(peer(1).address));
  CHECK(all.size() == 1);
  all.on_closed(peer(1, 7000), CloseKind::bad, start);
  CHECK(all.size() == 0);
  CHECK_FALSE(all.add(peer(1), Source::manual, {}, start));
  CHECK(all.on_incoming(peer(1, 50'000)) == Known::refused);
}

TEST_CASE("who is forgotten is not dialled, and may come again") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.add(peer(2), Source::tracker, {}, start);
  all.on_dialing(peer(2));
  all.forget(peer(1));
  all.forget(peer(2));
  all.forget(peer(3));
  CHECK_FALSE(all.next_to_dial(start));
  CHECK(all.is_dialing(peer(2)));
  CHECK(all.add(peer(1), Source::tracker, {}, start));
  CHECK(all.next_to_dial(start));
}

TEST_CASE("addresses of a family that is off are not dialled") {
  const Endpoint v6 = *Endpoint::parse("[2001:db8::1]:6881");
  Candidates all(Rng(1));
  REQUIRE(all.add(peer(1), Source::tracker, {}, start));
  REQUIRE(all.add(v6, Source::tracker, {}, start));
  all.set_families(true, false);
  CHECK(all.size() == 1);
  CHECK_FALSE(all.add(v6, Source::manual, {}, start));
  CHECK(all.next_to_dial(start)->endpoint == peer(1));
  all.set_families(false, true);
  CHECK_FALSE(all.next_to_dial(start));
  CHECK(all.add(v6, Source::manual, {}, start));
}

TEST_CASE("bans are bounded and the oldest is forgotten") {
  Candidates all(Rng(1));
  for (std::uint32_t i = 0; i <= Candidates::banned_max; ++i) all.ban(peer(i).address);
  CHECK_FALSE(all.banned(peer(0).address));
  CHECK(all.banned(peer(1).address));
}

TEST_CASE("what is saved can be loaded, connected ones first") {
  Candidates all(Rng(1));
  all.add(peer(1), Source::tracker, {}, start);
  all.add(peer(2), Source::dht, seed_flag, start);
  all.on_dialing(peer(2));
  all.on_connected(peer(2));
  const auto saved = all.save(10);
  REQUIRE(saved.size() == 2);
  CHECK(saved[0].endpoint == peer(2));
  CHECK(all.save(1).size() == 1);
  Candidates again(Rng(2));
  again.load(saved, start);
  again.load(saved, start);
  CHECK(again.size() == 2);
  CHECK(again.next_to_dial(start)->source == Source::resume);
  again.on_dialing(peer(2));
  again.on_dialing(peer(1));
  CHECK_FALSE(again.next_to_dial(start));
}

TEST_CASE("who is to be linked another way is dialled at once") {
  Candidates all(Rng(1));
  CHECK(all.add(peer(1), Source::tracker, {}, start));
  all.on_dialing(peer(1));
  all.on_connected(peer(1));
  all.on_closed(peer(1), CloseKind::renewed, start);
  REQUIRE(all.next_to_dial(start));
  CHECK(all.next_to_dial(start)->failures == 0);
}

TEST_CASE("what stands for a name is taken of the user alone") {
  Candidates all(Rng(1));
  const Endpoint name = *Endpoint::parse("240.0.0.1:6881");
  for (const Source source : {Source::tracker, Source::pex, Source::dht, Source::resume})
    CHECK_FALSE(all.add(name, source, {}, start));
  CHECK(all.add(name, Source::manual, {}, start));
}
