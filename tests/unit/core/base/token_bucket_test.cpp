#include "core/base/token_bucket.h"

#include <cmath>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

constexpr Instant start{1000h};

TEST_CASE("a bucket without a ceiling always grants") {
  TokenBucket bucket;
  CHECK(bucket.available(start) == TokenBucket::unlimited);
  bucket.spend(1'000'000'000, start);
  CHECK(bucket.available(start) == TokenBucket::unlimited);
  CHECK(bucket.when(1'000'000'000, start) == start);
}

TEST_CASE("a bucket of rate 0 never grants") {
  TokenBucket bucket(0);
  CHECK(bucket.available(start) == 0);
  CHECK(bucket.available(start + 24h) == 0);
  CHECK(bucket.when(1, start + 24h) == never);
}

TEST_CASE("what is overspent is paid back first") {
  TokenBucket bucket(10'000);
  CHECK(bucket.available(start) == 0);
  bucket.spend(16'384, start);
  CHECK(bucket.available(start + 1s) == 0);
  CHECK(bucket.when(1, start + 1s) == start + 1638500us);
  CHECK(bucket.available(start + 1638500us - 1ns) == 0);
  CHECK(bucket.available(start + 1638500us) == 1);
}

TEST_CASE("silence fills a bucket to a tenth of a second and no more") {
  TokenBucket bucket(1'000'000);
  CHECK(bucket.available(start) == 0);
  CHECK(bucket.available(start + 24h * 365 * 200) == 100'000);
  TokenBucket slow(1);
  slow.available(start);
  CHECK(slow.available(start + 24h * 365) == 4096);
  TokenBucket fast(TokenBucket::unlimited - 1);
  fast.available(Instant::min());
  CHECK(fast.available(never) == (TokenBucket::unlimited - 1) / 10);
}

TEST_CASE("when says the first instant at which enough is there") {
  Rng rng(13);
  for (int round = 0; round < 500; ++round) {
    TokenBucket bucket(1 + rng.below(10'000'000));
    Instant now = start;
    bucket.available(now);
    now += rng.between(0ns, 1s);
    bucket.spend(rng.below(100'000), now);
    const auto wanted = 1 + rng.below(4096);
    const auto due = bucket.when(wanted, now);
    REQUIRE(due >= now);
    if (due > now) {
      auto early = bucket;
      CHECK(early.available(due - 1ns) < wanted);
    }
    CHECK(bucket.available(due) >= wanted);
  }
}

TEST_CASE("a new rate holds from now on") {
  TokenBucket bucket(1'000'000);
  bucket.available(start);
  CHECK(bucket.available(start + 1s) == 100'000);
  bucket.set_rate(100'000, start + 1s);
  CHECK(bucket.available(start + 1s) == 10'000);
  bucket.spend(10'000, start + 1s);
  CHECK(bucket.available(start + 1050ms) == 5'000);
  bucket.set_rate(TokenBucket::unlimited, start + 2s);
  CHECK(bucket.available(start + 2s) == TokenBucket::unlimited);
  bucket.set_rate(100'000, start + 3s);
  CHECK(bucket.available(start + 3s) == 0);
  bucket.set_rate(0, start + 4s);
  CHECK(bucket.available(start + 4s) == 0);
}

TEST_CASE("a clock that stands still or an earlier instant grants nothing") {
  TokenBucket bucket(1'000'000);
  bucket.available(start);
  CHECK(bucket.available(start - 1s) == 0);
  CHECK(bucket.available(start) == 0);
  CHECK(bucket.available(start + 1ms) == 1000);
}

TEST_CASE("a rate is held within 5 % over 10 s, however it is spent") {
  Rng rng(14);
  for (std::uint64_t rate = 16 * 1024; rate <= std::uint64_t{1} << 30; rate *= 4) {
    for (int pattern = 0; pattern < 6; ++pattern) {
      CAPTURE(rate, pattern);
      TokenBucket bucket(rate + rng.below(1000));
      bucket.available(start);
      // Half of them after a long silence, with a full bucket.
      const Instant begin = pattern % 2 == 0 ? start : start + 24h;
      Instant now = begin;
      std::uint64_t spent = 0;
      const auto pause = pattern < 2 ? 60ms : pattern < 4 ? 5ms : 300us;
      while (now < begin + 10s) {
        const auto there = bucket.available(now);
        // All of it, or, where the next turn is soon enough, parts of it, as links would take it.
        const auto part = pattern < 3 ? there : rng.below(there + 1);
        bucket.spend(part, now);
        spent += part;
        now += rng.between(1ns, pause);
      }
      const double expected = static_cast<double>(bucket.rate()) * 10;
      CHECK(static_cast<double>(spent) < expected * 1.05);
      CHECK(static_cast<double>(spent) > expected * 0.95);
    }
  }
}

TEST_CASE("many small steps drift by less than one byte") {
  TokenBucket bucket(12'345);
  bucket.available(start);
  std::uint64_t spent = 0;
  Instant now = start;
  for (int i = 0; i < 1'000'000; ++i) {
    now += 7919ns;
    const auto there = bucket.available(now);
    bucket.spend(there, now);
    spent += there;
  }
  CHECK(spent == 97'760);  // floor(7.919 s x 12345 B/s)
}

}  // namespace
}  // namespace seed
