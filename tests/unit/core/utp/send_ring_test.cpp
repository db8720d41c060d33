#include "core/utp/send_ring.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

struct Bench {
  Budget budget{1u << 24};
  BufferPool pool{64, budget};
  SendRing ring{65530};
  Instant now{1h};

  std::uint16_t push(std::uint16_t payload) {
    SentPacket packet;
    packet.buffer = pool.take();
    packet.payload = payload;
    const std::uint16_t sequence = ring.next();
    ring.push(std::move(packet), now);
    return sequence;
  }
};

}  // namespace

TEST_CASE("packets keep their places around the wrap and as the ring grows") {
  Bench bench;
  for (int i = 0; i < 1000; ++i) bench.push(static_cast<std::uint16_t>(i));
  CHECK(bench.ring.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    const SentPacket* packet = bench.ring.find(plus(65530, i));
    REQUIRE(packet != nullptr);
    CHECK(packet->payload == i);
  }
  CHECK(bench.ring.find(65529) == nullptr);
  CHECK(bench.ring.find(plus(65530, 1000)) == nullptr);
  CHECK(bench.ring.flight() == 499'500);
  for (int i = 0; i < 1000; ++i) bench.ring.pop();
  CHECK(bench.ring.empty());
  CHECK(bench.ring.flight() == 0);
  CHECK(bench.budget.used() == 0);
}

TEST_CASE("what is lost goes again, in the order in which it was lost") {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.push(10);
  std::uint16_t sequence = 0;
  bench.ring.set_lost(65532);
  bench.ring.set_lost(65530);
  CHECK(bench.ring.flight() == 30);
  CHECK(bench.ring.in_flight() == 3);
  CHECK(bench.ring.lost() == 2);
  REQUIRE(bench.ring.sent_first(sequence) != nullptr);
  CHECK(sequence == 65531);
  REQUIRE(bench.ring.lost_first(sequence) != nullptr);
  CHECK(sequence == 65532);
  bench.ring.set_resent(65532, bench.now + 1s);
  CHECK(bench.ring.find(65532)->resent);
  CHECK(bench.ring.find(65532)->order == 5);
  CHECK(bench.ring.flight() == 40);
  REQUIRE(bench.ring.lost_first(sequence) != nullptr);
  CHECK(sequence == 65530);
  // The one that was sent again is the last in flight now.
  for (const int expected : {65531, 65533, 65534, 65532}) {
    REQUIRE(bench.ring.sent_first(sequence) != nullptr);
    CHECK(sequence == expected);
    bench.ring.set_done(sequence);
  }
  CHECK(bench.ring.sent_first(sequence) == nullptr);
  CHECK(bench.budget.used() == 64);
}

TEST_CASE("a lost one may be acknowledged after all") {
  Bench bench;
  bench.push(1);
  bench.push(2);
  bench.ring.set_lost(65530);
  bench.ring.set_done(65531);
  bench.ring.pop();
  bench.ring.pop();
  std::uint16_t sequence = 0;
  CHECK(bench.ring.lost_first(sequence) == nullptr);
  CHECK(bench.ring.lost() == 0);
  CHECK(bench.ring.flight() == 0);
  bench.push(3);
  bench.ring.clear();
  CHECK(bench.budget.used() == 0);
}

TEST_CASE("what is untold is not in flight, and may turn out either way") {
  Bench bench;
  for (int i = 0; i < 4; ++i) bench.push(10);
  std::uint16_t sequence = 0;
  bench.ring.set_untold(65530);
  bench.ring.set_untold(65532);
  CHECK(bench.ring.flight() == 20);
  CHECK(bench.ring.in_flight() == 2);
  CHECK(bench.ring.untold() == 2);
  CHECK(bench.ring.open() == 4);
  CHECK(bench.ring.find(65532)->open());
  REQUIRE(bench.ring.sent_first(sequence) != nullptr);
  CHECK(sequence == 65531);
  bench.ring.set_done(65532);
  CHECK_FALSE(bench.ring.find(65532)->open());
  CHECK(bench.ring.untold() == 1);
  bench.ring.set_lost(65530);
  CHECK(bench.ring.untold() == 0);
  CHECK(bench.ring.lost() == 1);
  bench.ring.set_resent(65530, bench.now);
  CHECK(bench.ring.flight() == 30);
  bench.ring.set_untold(65530);
  bench.ring.pop();
  CHECK(bench.ring.untold() == 0);
  CHECK(bench.ring.flight() == 20);
}
