#include "core/dht/source_limits.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{1000s};
constexpr std::uint64_t plenty = 1'000'000'000;

Endpoint source(std::uint32_t n, std::uint16_t port = 6881) {
  return {IpAddress::v4(0x50000000 + n), port};
}

SourceLimits::Options only_queries(std::uint64_t per_second, std::uint64_t burst) {
  return {.source_queries = {per_second, burst},
          .source_octets = {plenty, plenty},
          .queries = {plenty, plenty},
          .octets = {plenty, plenty}};
}

std::size_t admitted(SourceLimits& limits, const Endpoint& from, std::size_t queries, Instant now) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < queries; ++i) out += limits.admit(from, now) ? 1 : 0;
  return out;
}

}  // namespace

TEST_CASE("a source may ask its burst at once and its rate from then on") {
  SourceLimits limits(Rng(1), only_queries(5, 20));
  CHECK(admitted(limits, source(1), 100, start) == 20);
  CHECK(admitted(limits, source(1), 100, start + 100ms) == 0);
  CHECK(admitted(limits, source(1), 100, start + 1s) == 5);
  CHECK(admitted(limits, source(1), 100, start + 1h) == 20);
}

TEST_CASE("a source that floods goes on at its rate, for what is dropped costs nothing") {
  SourceLimits limits(Rng(1), only_queries(5, 20));
  std::size_t got = 0;
  for (int tick = 0; tick < 1000; ++tick)
    got += admitted(limits, source(1), 10, start + tick * 10ms);
  CHECK(got >= 20 + 48);
  CHECK(got <= 20 + 50);
}

TEST_CASE("a source is an address and not a port, and none other pays for it") {
  SourceLimits limits(Rng(1), only_queries(5, 20));
  CHECK(admitted(limits, source(1, 1), 100, start) == 20);
  CHECK(admitted(limits, source(1, 2), 100, start) == 0);
  CHECK(admitted(limits, source(2), 100, start) == 20);
  const Endpoint one = *Endpoint::parse("[2001:470:1:1::1]:1");
  const Endpoint same_64 = *Endpoint::parse("[2001:470:1:1::2]:1");
  CHECK(admitted(limits, one, 100, start) == 20);
  CHECK(admitted(limits, same_64, 100, start) == 0);
}

TEST_CASE(
    "all sources together have their rate, and one that exceeds its own takes nothing of it") {
  auto options = only_queries(5, 20);
  options.queries = {100, 50};
  SourceLimits limits(Rng(1), options);
  CHECK(admitted(limits, source(1), 1000, start) == 20);
  CHECK(admitted(limits, source(2), 20, start) == 20);
  CHECK(admitted(limits, source(3), 20, start) == 10);
  CHECK(admitted(limits, source(4), 20, start) == 0);
  CHECK(admitted(limits, source(4), 20, start + 100ms) == 10);
}

TEST_CASE("who was sent more than its share waits until that is paid") {
  auto options = only_queries(plenty, plenty);
  options.source_octets = {1000, 4000};
  SourceLimits limits(Rng(1), options);
  std::size_t answers = 0;
  while (answers < 100 && limits.admit(source(1), start)) {
    limits.spend(source(1), 1000, start);
    ++answers;
  }
  CHECK(answers == 4);
  CHECK(limits.admit(source(2), start));
  CHECK_FALSE(limits.admit(source(1), start));
  CHECK(limits.admit(source(1), start + 1001ms));
}

TEST_CASE("octets of all answers have a rate too") {
  auto options = only_queries(plenty, plenty);
  options.octets = {1000, 4000};
  SourceLimits limits(Rng(1), options);
  std::uint32_t answers = 0;
  while (answers < 100 && limits.admit(source(answers), start))
    limits.spend(source(answers++), 1000, start);
  CHECK(answers == 4);
  CHECK(limits.admit(source(500), start + 2s));
}

TEST_CASE("a rate or a burst of zero admits nobody") {
  SourceLimits none(Rng(1), only_queries(0, 10));
  CHECK_FALSE(none.admit(source(1), start));
  none.set_options(only_queries(10, 0));
  CHECK_FALSE(none.admit(source(1), start));
  none.set_options(only_queries(10, 1));
  CHECK(admitted(none, source(1), 10, start) == 1);
}

TEST_CASE("the table is bounded and forgets who was silent longest") {
  SourceLimits limits(Rng(1), only_queries(1, 1));
  constexpr std::size_t places = SourceLimits::sets_count * SourceLimits::ways;
  const Endpoint busy = source(0);
  CHECK(limits.admit(busy, start));
  Instant now = start;
  for (std::uint32_t n = 1; n < 5 * places; ++n) {
    now += 10us;
    limits.admit(source(n), now);
    // It is seen all the time, so it keeps its place and what it owes.
    if (n % 500 == 0) CHECK_FALSE(limits.admit(busy, now));
  }
  CHECK(limits.size() <= places);
  CHECK(limits.size() > places * 9 / 10);
  // And this one was forgotten.
  CHECK(limits.admit(source(1), now));
}

TEST_CASE("debts are bounded, so that no answer silences a source for long") {
  auto options = only_queries(plenty, plenty);
  options.source_octets = {1, 1000};
  SourceLimits limits(Rng(1), options);
  for (int i = 0; i < 1000; ++i) limits.spend(source(1), ~std::size_t{0}, start);
  CHECK_FALSE(limits.admit(source(1), start + 30min));
  CHECK(limits.admit(source(1), start + 1h));
}
