#include "core/utp/ledbat.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

constexpr std::size_t packet = 1452;

struct Bench {
  Ledbat ledbat{1u << 20};
  Instant now{1h};
  Duration rtt = 50ms;
  Duration rtt_least = 50ms;

  Ledbat::Facts facts(Duration queueing, std::size_t flight) const {
    return {packet, flight, queueing, rtt, rtt_least};
  }
  /// A round trip in which the whole window is used and acknowledged.
  void round(Duration queueing = Duration(0), double used = 1) {
    const auto flight = static_cast<std::size_t>(static_cast<double>(ledbat.window()) * used);
    for (std::size_t left = flight; left > 0;) {
      const std::size_t octets = std::min(left, packet);
      ledbat.on_ack(octets, 1, facts(queueing, flight), now);
      left -= octets;
    }
    now += rtt;
  }
  bool lose(Duration queueing) { return ledbat.on_loss(facts(queueing, ledbat.window()), now); }
  void steady(std::size_t rounds = 4) {
    for (std::size_t i = 0; i < rounds; ++i) round();
    while (ledbat.slow_start()) round(21ms);
    // Past the time of the first pause, which finds no queue; and somebody was in the way just now.
    for (int i = 0; i < 4; ++i) round(5ms);
    round(26ms);
  }
};

}  // namespace

TEST_CASE("slow start doubles up to the limit within a few round trips") {
  Bench bench;
  CHECK(bench.ledbat.window() == Ledbat::window_first);
  bench.round();
  CHECK(bench.ledbat.window() == 2 * Ledbat::window_first);
  for (int i = 0; i < 8; ++i) bench.round();
  CHECK(bench.ledbat.window() == 1u << 20);
  for (int i = 0; i < 1000; ++i) bench.round();
  CHECK(bench.ledbat.window() == 1u << 20);
}

TEST_CASE("a delay ends slow start with half the window") {
  Bench bench;
  for (int i = 0; i < 4; ++i) bench.round();
  const std::size_t before = bench.ledbat.window();
  CHECK(bench.ledbat.on_ack(packet, 1, bench.facts(45ms, before), bench.now));
  CHECK_FALSE(bench.ledbat.slow_start());
  CHECK(bench.ledbat.window() == before / 2);
}

TEST_CASE("below the target it grows by at most a packet a round trip, less the nearer it is") {
  Bench bench;
  bench.steady();
  std::size_t before = bench.ledbat.window();
  bench.round(Duration(0));
  CHECK(bench.ledbat.window() - before <= packet + 20);
  CHECK(bench.ledbat.window() - before > packet * 9 / 10);
  before = bench.ledbat.window();
  bench.round(45ms);
  CHECK(bench.ledbat.window() > before);
  CHECK(bench.ledbat.window() - before < packet * 6 / 10);
}

TEST_CASE("from half the target on it falls in proportion, so that the larger of two gives more") {
  Bench small, large;
  small.steady(3);
  large.steady(7);
  REQUIRE(large.ledbat.window() > 10 * small.ledbat.window());
  const auto change = [](Bench& bench) {
    const auto before = static_cast<double>(bench.ledbat.window());
    bench.round(60ms);
    return static_cast<double>(bench.ledbat.window()) - before;
  };
  CHECK(change(small) > 0);
  CHECK(change(large) < -2.0 * packet);
  const std::size_t before = large.ledbat.window();
  large.round(Ledbat::target);
  CHECK(large.ledbat.window() < before * 95 / 100);
  CHECK(large.ledbat.window() > before * 93 / 100);
  CHECK_FALSE(large.ledbat.slow_start());
}

TEST_CASE("with no queue for a while it grows by an eighth a round trip") {
  Bench bench;
  bench.steady();
  bench.now += 3s;
  std::size_t before = bench.ledbat.window();
  bench.round(Duration(0));
  CHECK(bench.ledbat.window() > before * 112 / 100);
  CHECK(bench.ledbat.window() < before * 115 / 100);
  // Less, the nearer it is to where the delay is certain.
  before = bench.ledbat.window();
  bench.round(20ms);
  CHECK(bench.ledbat.window() < before * 104 / 100);
  bench.round(26ms);
  before = bench.ledbat.window();
  bench.round(Duration(0));
  CHECK(bench.ledbat.window() - before <= packet + 20);
}

TEST_CASE("where a short queue overflowed it grows as TCP does") {
  Bench bench;
  for (int i = 0; i < 6; ++i) bench.round();
  CHECK(bench.lose(15ms));
  CHECK_FALSE(bench.ledbat.slow_start());
  bench.now += 5s;
  std::size_t before = bench.ledbat.window();
  bench.round(Duration(0));
  CHECK(bench.ledbat.window() - before <= packet + 20);
  bench.now += Ledbat::short_queue_time;
  before = bench.ledbat.window();
  bench.round(Duration(0));
  CHECK(bench.ledbat.window() > before * 112 / 100);
}

TEST_CASE("on a long path slow start bears a bit more") {
  Bench bench;
  bench.rtt = bench.rtt_least = 400ms;
  for (int i = 0; i < 6; ++i) bench.round();
  const std::size_t flight = bench.ledbat.window();
  CHECK_FALSE(bench.ledbat.on_ack(packet, 1, bench.facts(24ms, flight), bench.now));
  CHECK(bench.ledbat.slow_start());
  CHECK(bench.ledbat.on_ack(packet, 1, bench.facts(25ms, flight), bench.now));
  CHECK_FALSE(bench.ledbat.slow_start());
}

TEST_CASE("above the target it falls, with a long queue by a good part each round trip") {
  Bench bench;
  bench.steady();
  std::size_t before = bench.ledbat.window();
  bench.round(120ms);
  CHECK(bench.ledbat.window() < before * 95 / 100);
  CHECK(bench.ledbat.window() > before * 80 / 100);
  before = bench.ledbat.window();
  bench.round(1s);
  CHECK(bench.ledbat.window() < before * 65 / 100);
  for (int i = 0; i < 100; ++i) bench.round(1s);
  CHECK(bench.ledbat.window() == 2 * packet);
}

TEST_CASE("a loss with a queue halves the window") {
  Bench bench;
  bench.steady();
  bench.rtt = 100ms;
  const std::size_t before = bench.ledbat.window();
  CHECK(bench.lose(40ms));
  CHECK(bench.ledbat.window() == before / 2);
}

TEST_CASE("a line that loses without a queue is believed to do so with one") {
  Bench bench;
  bench.steady(6);
  const std::size_t flight = bench.ledbat.window();
  for (int i = 0; i < 30; ++i) {
    bench.ledbat.on_ack(100 * packet, 100, bench.facts(Duration(0), flight), bench.now);
    CHECK_FALSE(bench.lose(Duration(0)));
  }
  const std::size_t before = bench.ledbat.window();
  CHECK_FALSE(bench.lose(60ms));
  CHECK(bench.ledbat.window() == before);
  // But not so many.
  int more = 0;
  while (!bench.lose(60ms)) REQUIRE(++more < 20);
  CHECK(bench.ledbat.window() < before);
}

TEST_CASE("a few losses without a queue are the line's, many are not") {
  Bench bench;
  bench.steady(6);
  const std::size_t before = bench.ledbat.window();
  // One in a hundred.
  for (int i = 0; i < 30; ++i) {
    bench.ledbat.on_ack(100 * packet, 100, bench.facts(Duration(0), before), bench.now);
    CHECK_FALSE(bench.lose(1ms));
  }
  CHECK(bench.ledbat.window() >= before);
  int more = 0;
  while (!bench.lose(1ms)) REQUIRE(++more < 20);
  CHECK(bench.ledbat.window() < before);
}

TEST_CASE("a few losses of a large window stay few while little is in flight") {
  Bench bench;
  for (int i = 0; i < 9; ++i) bench.round();
  REQUIRE(bench.ledbat.window() == 1u << 20);
  for (int i = 0; i < 12; ++i)
    CHECK_FALSE(bench.ledbat.on_loss(bench.facts(0ms, 4 * packet), bench.now));
  CHECK(bench.ledbat.window() == 1u << 20);
}

TEST_CASE("a loss at the longest queue that the line has is a full queue") {
  Bench bench;
  bench.steady(5);
  // What slow start saw is forgotten after a while.
  for (int i = 0; i < 3; ++i) {
    bench.now += 31s;
    bench.round(8ms);
  }
  CHECK(bench.lose(7ms));
  CHECK_FALSE(bench.ledbat.slow_start());
}

TEST_CASE("at our own target a loss costs the queue, not the line") {
  Bench bench;
  bench.steady(6);
  bench.rtt = 150ms;
  std::size_t before = bench.ledbat.window();
  CHECK(bench.lose(100ms));
  // 50 of 150 ms are the path: less than half.
  CHECK(bench.ledbat.window() == before / 2);
  bench.rtt_least = 140ms;
  before = bench.ledbat.window();
  CHECK(bench.lose(100ms));
  CHECK(bench.ledbat.window() < before * 9 / 10);
  CHECK(bench.ledbat.window() > before * 8 / 10);
}

TEST_CASE("silence begins anew, and quickly goes to half") {
  Bench bench;
  bench.steady(6);
  const std::size_t before = bench.ledbat.window();
  bench.ledbat.on_timeout(bench.facts(Duration(0), before));
  CHECK(bench.ledbat.window() == packet);
  CHECK(bench.ledbat.slow_start());
  while (bench.ledbat.slow_start()) bench.round();
  CHECK(bench.ledbat.window() >= before / 2);
  CHECK(bench.ledbat.window() <= before / 2 + 2 * packet);
}

TEST_CASE("a window that is not used decays, and comes back by slow start") {
  Bench bench;
  bench.steady(6);
  const std::size_t before = bench.ledbat.window();
  for (int i = 0; i < 40; ++i) bench.round(Duration(0), 0.1);
  CHECK(bench.ledbat.window() < before / 4);
  CHECK(bench.ledbat.slow_start());
  const std::size_t low = bench.ledbat.window();
  bench.round();
  CHECK(bench.ledbat.window() > low * 3 / 2);
  bench.ledbat.on_idle();
  CHECK(bench.ledbat.window() == Ledbat::window_first);
}

TEST_CASE("now and then it pauses for the queue to drain, and comes back") {
  Bench bench;
  bench.steady(6);
  bench.rtt = 120ms;
  std::size_t least = bench.ledbat.window(), most = least;
  int paused = 0;
  for (int i = 0; i < 600; ++i) {
    // The queue is there while the window is.
    const bool full = bench.ledbat.window() > 100'000;
    bench.round(full ? 45ms : Duration(0));
    least = std::min(least, bench.ledbat.window());
    most = std::max(most, bench.ledbat.window());
    paused += full ? 0 : 1;
  }
  CHECK(least < most / 6);
  CHECK(paused > 5);
  CHECK(paused < 100);
}

TEST_CASE("without a queue there is no pause") {
  Bench bench;
  for (int i = 0; i < 9; ++i) bench.round();
  while (bench.ledbat.slow_start()) bench.round(21ms);
  const std::size_t before = bench.ledbat.window();
  for (int i = 0; i < 2000; ++i) {
    bench.round(5ms);
    REQUIRE(bench.ledbat.window() >= before);
  }
}
