#include "core/utp/sender.h"

#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

namespace {

struct Bench {
  Budget budget;
  BufferPool pool{2048, budget};
  Sender sender;
  Instant now{1h};
  std::vector<std::uint16_t> sent;
  std::size_t octets = 0;

  explicit Bench(std::size_t memory = 1u << 26, std::size_t window = 1u << 20)
      : budget(memory), sender(window, *IpAddress::parse("192.0.2.1"), 100, pool) {
    sender.on_handshake(20ms, 1u << 20);
  }
  void write(std::size_t size) { sender.write(queue_of(pattern(size))); }
  /// Takes all that may go at once.
  std::size_t take() {
    std::size_t count = 0;
    std::uint16_t sequence = 0;
    while (const SentPacket* packet = sender.next(sequence, now)) {
      sent.push_back(sequence);
      octets += packet->payload;
      ++count;
    }
    return count;
  }
  /// Takes all that may go, each in its time; how many packets that were.
  std::size_t drain() {
    std::size_t count = take();
    while (sender.paced_at() != never) {
      REQUIRE(sender.paced_at() > now);
      now = sender.paced_at();
      count += take();
    }
    return count;
  }
  void ack(int last, std::uint32_t window = 1u << 20, Bytes sack = {}) {
    sender.on_ack({plus(100, last), sack, window, true, Duration(0)}, now);
  }
  /// All that was sent comes; until the sender has grown a window of so many packets.
  void warm(std::size_t packets) {
    write(4u << 20);
    for (std::size_t sent_now = drain(); sent_now < packets; sent_now = drain()) {
      now += 20ms;
      sender.on_ack({sent.back(), {}, 1u << 20, true, Duration(0)}, now);
    }
    sent.clear();
  }
  /// So many packets are on their way, sent after slow start, and a round trip is over; the number
  /// of the first. For a window of 8 MiB, of which half is left then.
  std::uint16_t fly(std::size_t packets) {
    write(64u << 20);
    for (bool first_queue = false; !first_queue;) {
      drain();
      first_queue = sender.ledbat().window() == 8u << 20;
      now += 20ms;
      sender.on_ack({sent.back(), {}, 8u << 20, true, first_queue ? 40ms : 0ms}, now);
    }
    sender.drop_unsent();
    write(packets * 1452);
    REQUIRE(drain() == packets);
    const std::uint16_t first = sent[sent.size() - packets];
    sent.clear();
    now += 20ms;
    return first;
  }
};

const Buffer full_sack(sack_bytes_max, 0xff);

}  // namespace

TEST_CASE("what is written goes in packets as large as the path is known to take") {
  Bench bench;
  bench.write(1200);
  CHECK(bench.drain() == 3);
  CHECK(bench.octets == 1200);
  CHECK(bench.sent == std::vector<std::uint16_t>{100, 101, 102});
  CHECK(bench.sender.take_sent() == 1200);
  CHECK(bench.sender.take_sent() == 0);
  CHECK(bench.sender.unsent() == 0);
  CHECK(bench.sender.flight() == 1200);
  bench.now += 20ms;
  bench.ack(2);
  CHECK(bench.sender.flight() == 0);
  CHECK(bench.sender.deadline() == never);
  CHECK(bench.budget.used() == 0);
}

TEST_CASE("no more is in flight than either window lets") {
  Bench bench;
  bench.write(100'000);
  bench.drain();
  CHECK(bench.sender.flight() <= Ledbat::window_first);
  CHECK(bench.sender.flight() > Ledbat::window_first - 600);
  bench.now += 20ms;
  bench.ack(1, 2000);
  bench.drain();
  CHECK(bench.sender.flight() <= Ledbat::window_first);
  bench.sender.on_ack({bench.sent.back(), {}, 2000, true, {}}, bench.now);
  bench.drain();
  CHECK(bench.sender.flight() <= 2000);
  CHECK(bench.sender.flight() > 1000);
}

TEST_CASE("an acknowledgement of what was never sent is none") {
  Bench bench;
  bench.write(1000);
  bench.drain();
  CHECK(bench.sender.acceptable(99));
  CHECK(bench.sender.acceptable(101));
  CHECK_FALSE(bench.sender.acceptable(102));
  CHECK_FALSE(bench.sender.acceptable(plus(99, 30'000)));
  // Bits for what was never sent are passed over.
  const Buffer all(252, 0xff);
  bench.ack(-1, 1u << 20, all);
  CHECK(bench.sender.flight() == 528);
  bench.ack(1);
  CHECK(bench.sender.flight() == 0);
}

TEST_CASE("three that were sent later have come: lost, and sent again") {
  Bench bench;
  bench.warm(20);
  const std::uint16_t first = bench.sender.next_sequence();
  bench.drain();
  bench.now += 20ms;
  // All before `first` but 20 packets of the last round; the oldest of them is missing.
  const std::uint16_t missing = plus(first, -5);
  bench.sender.on_ack({plus(missing, -1), *from_hex("03000000"), 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 0);
  bench.sender.on_ack({plus(missing, -1), *from_hex("07000000"), 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 1);
  bench.sent.clear();
  bench.drain();
  CHECK(bench.sent.at(0) == missing);
  // Once is enough.
  bench.sender.on_ack({plus(missing, -1), *from_hex("07000000"), 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 1);
}

TEST_CASE("one that was sent later has come, and a quarter of a round trip passed: lost") {
  Bench bench;
  bench.write(1000);
  bench.drain();
  bench.now += 20ms;
  bench.ack(-1, 1u << 20, *from_hex("01000000"));
  CHECK(bench.sender.deadline() == bench.now + 5ms);
  CHECK(bench.drain() == 0);
  bench.now += 5ms;
  REQUIRE(bench.sender.on_deadline(bench.now));
  bench.sent.clear();
  CHECK(bench.drain() == 1);
  CHECK(bench.sent.at(0) == 100);
  CHECK(bench.sender.counts().timeouts == 0);
}

TEST_CASE("many lost of one window halve it once") {
  Bench bench;
  bench.warm(40);
  const std::uint16_t end = bench.sender.next_sequence();
  const std::size_t before = bench.sender.ledbat().window();
  bench.now += 20ms;
  // Every second one of the last thirty is missing, and there is a queue.
  bench.sender.on_ack({plus(end, -31), *from_hex("55555515"), 1u << 20, true, 60ms}, bench.now);
  CHECK(bench.sender.counts().losses > 10);
  CHECK(bench.sender.ledbat().window() <= before);
  CHECK(bench.sender.ledbat().window() >= before / 2 - 3000);
}

TEST_CASE("who tells nothing selectively is understood at the third time") {
  Bench bench;
  bench.warm(20);
  const std::uint16_t missing = plus(bench.sender.next_sequence(), -10);
  bench.now += 20ms;
  for (int i = 0; i < 3; ++i) {
    CHECK(bench.sender.counts().losses == 0);
    bench.sender.on_ack({plus(missing, -1), {}, 1u << 20, true, {}}, bench.now);
  }
  CHECK(bench.sender.counts().losses == 0);
  bench.sender.on_ack({plus(missing, -1), {}, 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 1);
  bench.sent.clear();
  bench.drain();
  CHECK(bench.sent.at(0) == missing);
}

TEST_CASE("what it could not tell of is not lost when something sent later comes") {
  Bench bench;
  bench.warm(80);
  bench.now += 20ms;
  const std::uint16_t missing = plus(bench.sender.next_sequence(), -70);
  // It tells of 32 packets, as some do, and all but two of them came: the third later one is
  // enough for either.
  const Buffer all_but_one = *from_hex("fffffeff");
  bench.sender.on_ack({plus(missing, -1), all_but_one, 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 2);
  bench.sent.clear();
  bench.drain();
  REQUIRE(bench.sent.size() >= 2);
  CHECK(bench.sent.at(0) == missing);
  // Both come, and behind the second another is missing: of what is beyond its 32 nobody knows.
  bench.now += 20ms;
  bench.sender.on_ack({plus(missing, 40), all_but_one, 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses <= 4);
  CHECK(bench.sender.rtt().latest() < 50ms);
  // When it tells nothing selectively, all before has come.
  bench.now += 5ms;
  const std::uint64_t before = bench.sender.counts().losses;
  bench.sender.on_ack({plus(bench.sender.next_sequence(), -1), {}, 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == before);
  CHECK(bench.sender.flight() == 0);
}

TEST_CASE("what left the line untold is not in flight, and lost once it is told of as missing") {
  Bench bench;
  bench.warm(80);
  bench.now += 20ms;
  const std::uint16_t missing = plus(bench.sender.next_sequence(), -70);
  const Buffer all = *from_hex("ffffffff");
  bench.sender.on_ack({plus(missing, -1), *from_hex("fffff7ff"), 1u << 20, true, {}}, bench.now);
  REQUIRE(bench.sender.counts().losses == 2);
  bench.sent.clear();
  bench.take();
  REQUIRE(bench.sent.at(0) == missing);
  REQUIRE(bench.sent.at(1) == plus(missing, 20));
  // The second of them comes, and the first is lost again. What was sent before both is on its way
  // no more.
  const std::size_t before = bench.sender.flight();
  bench.now += 20ms;
  bench.sender.on_ack({plus(missing, -1), all, 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 2);
  CHECK(bench.sender.flight() == before - (1 + 37) * 1452);
  // The first comes at last, and lets it tell of more, of which one is missing.
  bench.sender.on_ack({plus(missing, 44), *from_hex("ffffff00"), 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 3);
  bench.sent.clear();
  bench.now += 5ms;
  bench.take();
  REQUIRE_FALSE(bench.sent.empty());
  CHECK(bench.sent.at(0) == plus(missing, 45));
}

TEST_CASE("what is told of further ahead, and missing, is lost") {
  Bench bench(1u << 26, 8u << 20);
  const std::uint16_t first = bench.fly(2600);
  const Buffer further = *from_hex("fffbffff");
  const std::size_t before = bench.sender.flight();
  const Sender::Ack ack{
      plus(first, -1), full_sack, 8u << 20, true, {}, {plus(first, 2017), further}};
  bench.sender.on_ack(ack, bench.now);
  CHECK(bench.sender.counts().losses == 2);
  CHECK(bench.sender.flight() == before - (1 + 2016 + 32) * 1452);
  bench.take();
  REQUIRE(bench.sent.size() == 2);
  CHECK(bench.sent.at(0) == first);
  CHECK(bench.sent.at(1) == plus(first, 2027));
  bench.sender.on_ack(ack, bench.now);
  CHECK(bench.sender.counts().losses == 2);
}

TEST_CASE("what does not go on where a selective acknowledgement ends is not believed") {
  Bench bench(1u << 26, 8u << 20);
  const std::uint16_t first = bench.fly(2600);
  const Buffer further(8, 0xff);
  const std::size_t before = bench.sender.flight();
  Buffer one(sack_bytes_max);
  one[0] = 1;
  bench.sender.on_ack({plus(first, -1), one, 8u << 20, true, {}, {plus(first, 2016), further}},
                      bench.now);
  CHECK(bench.sender.flight() == before - 1452);
  one.resize(sack_bytes_max - 4);
  bench.sender.on_ack({plus(first, -1), one, 8u << 20, true, {}, {plus(first, 2017), further}},
                      bench.now);
  CHECK(bench.sender.flight() == before - 1452);
  // Nor is what was never sent.
  one.resize(sack_bytes_max);
  bench.sender.on_ack({plus(first, -1), one, 8u << 20, true, {}, {plus(first, 20'000), further}},
                      bench.now);
  CHECK(bench.sender.flight() == before - 1452);
}

TEST_CASE("lost ones do not wait for each other in front of a narrow window") {
  Bench bench;
  bench.warm(80);
  bench.now += 20ms;
  const std::uint16_t missing = plus(bench.sender.next_sequence(), -70);
  // What is ahead fills the window; 38 packets are on their way yet.
  bench.sender.on_ack({plus(missing, -1), *from_hex("fffdf7ff"), 3000, true, {}}, bench.now);
  REQUIRE(bench.sender.counts().losses == 3);
  bench.sent.clear();
  bench.drain();
  CHECK(bench.sent == std::vector<std::uint16_t>{missing, plus(missing, 10), plus(missing, 20)});
}

TEST_CASE("where much waits for it, what a bad line lost goes twice") {
  struct Case {
    std::size_t packets;
    Duration queueing;
    std::size_t times;
  };
  for (const auto& [packets, queueing, times] :
       {Case{2600, 0ms, 1}, Case{2860, 0ms, 2}, Case{2860, 60ms, 1}}) {
    Bench bench(1u << 26, 8u << 20);
    const std::uint16_t first = bench.fly(packets);
    bench.sender.on_ack({plus(first, -1), full_sack, 8u << 20, true, queueing}, bench.now);
    REQUIRE(bench.sender.counts().losses == 1);
    const std::size_t flight = bench.sender.flight();
    bench.take();
    INFO(packets << " " << seconds_of(queueing));
    CHECK(static_cast<std::size_t>(std::ranges::count(bench.sent, first)) == times);
    CHECK(bench.sender.counts().resent == times);
    // It is one packet to the window.
    CHECK(bench.sender.flight() == flight + (bench.sent.size() - times + 1) * 1452);
  }
}

TEST_CASE("the first missing is found lost though nothing can be told of any more") {
  Bench bench;
  bench.warm(80);
  bench.now += 20ms;
  const std::uint16_t missing = plus(bench.sender.next_sequence(), -70);
  const Buffer all = *from_hex("ffffffff");
  const Sender::Ack ack{plus(missing, -1), all, 1u << 20, true, {}};
  bench.sender.on_ack(ack, bench.now);
  CHECK(bench.sender.counts().losses == 1);
  bench.sent.clear();
  bench.drain();
  REQUIRE(bench.sent.at(0) == missing);
  // That is lost as well; what else was sent comes, and is too far ahead.
  const Instant again = bench.now;
  bench.now += 10ms;
  bench.sender.on_ack(ack, bench.now);
  CHECK(bench.sender.counts().losses == 1);
  while (bench.sender.counts().losses == 1) {
    REQUIRE(bench.sender.deadline() < again + 60ms);
    bench.now = std::max(bench.now, bench.sender.deadline());
    REQUIRE(bench.sender.on_deadline(bench.now));
    if (bench.sender.counts().losses == 1) bench.drain();
  }
  CHECK(bench.sender.counts().timeouts == 0);
  bench.sent.clear();
  bench.drain();
  CHECK(bench.sent.at(0) == missing);
}

TEST_CASE("what is sent is paced") {
  Bench bench;
  bench.warm(100);
  bench.now += 20ms;
  bench.sender.on_ack({plus(bench.sender.next_sequence(), -1), {}, 1u << 20, true, {}}, bench.now);
  const std::size_t at_once = bench.take();
  CHECK(at_once > 2);
  CHECK(bench.sender.deadline() == bench.sender.paced_at());
  const Instant begin = bench.now;
  CHECK(bench.drain() > 2 * at_once);
  CHECK(bench.now - begin > 10ms);
  CHECK(bench.now - begin < 20ms);
}

TEST_CASE("to who takes a megabyte no more than a thousand packets go") {
  for (const std::uint32_t window : {1u << 20, 4u << 20}) {
    Bench bench(1u << 26, 8u << 20);
    bench.write(32u << 20);
    std::size_t most = 0;
    for (int i = 0; i < 14; ++i) {
      const std::uint16_t first = bench.sender.next_sequence();
      most = std::max(most, bench.drain());
      bench.now += 20ms;
      // The first is missing at last, and all that it can hold is told.
      const bool last = i == 13;
      bench.sender.on_ack({plus(last ? first : bench.sender.next_sequence(), -1),
                           Buffer(last ? 252 : 0, 0xff),
                           window,
                           true,
                           {}},
                          bench.now);
      if (last) bench.drain();
      if (last) most = static_cast<std::size_t>(steps(first, bench.sender.next_sequence()));
    }
    CHECK(most <= (window > 1u << 20 ? 2900 : 1000));
    CHECK(most > (window > 1u << 20 ? 1000 : 700));
  }
}

TEST_CASE("silence: all goes again, later and later, and in the end nobody is there") {
  Bench bench;
  bench.write(1000);
  CHECK(bench.drain() == 2);
  Duration before{};
  for (int i = 1; i < Sender::timeouts_max; ++i) {
    const Duration waits = bench.sender.deadline() - bench.now;
    CHECK(waits >= std::max<Duration>(500ms, before * 3 / 2));
    before = std::min<Duration>(waits, 30s);
    bench.now = bench.sender.deadline();
    REQUIRE(bench.sender.on_deadline(bench.now));
    bench.sent.clear();
    bench.drain();
    REQUIRE_FALSE(bench.sent.empty());
  }
  bench.now = bench.sender.deadline();
  CHECK_FALSE(bench.sender.on_deadline(bench.now));
}

TEST_CASE("a closed window is asked about, and does not kill") {
  Bench bench;
  bench.write(20'000);
  bench.drain();
  bench.now += 20ms;
  bench.sender.on_ack({bench.sent.back(), {}, 0, true, {}}, bench.now);
  CHECK(bench.drain() == 0);
  int asked = 0;
  for (int i = 0; i < 30; ++i) {
    REQUIRE(bench.sender.deadline() != never);
    bench.now = bench.sender.deadline();
    REQUIRE(bench.sender.on_deadline(bench.now));
    const std::size_t count = bench.drain();
    CHECK(count <= 1);
    asked += static_cast<int>(count);
    bench.sender.on_ack({plus(bench.sender.next_sequence(), -2), {}, 0, true, {}}, bench.now);
  }
  CHECK(asked > 10);
  // It opens: what asked goes again at once, with more behind it.
  bench.sender.on_ack({plus(bench.sender.next_sequence(), -2), {}, 1u << 20, true, {}}, bench.now);
  bench.sent.clear();
  CHECK(bench.drain() > 1);
}

TEST_CASE("a probe of the path goes among other packets, and its loss is no congestion") {
  Bench bench;
  bench.write(50'000);
  std::uint16_t sequence = 0;
  std::vector<std::uint16_t> probes;
  while (const SentPacket* packet = bench.sender.next(sequence, bench.now))
    if (packet->probe) {
      CHECK(packet->payload == 1452);
      probes.push_back(sequence);
    } else {
      CHECK(packet->payload == 528);
    }
  REQUIRE(probes.size() == 1);
  const std::size_t window = bench.sender.ledbat().window();
  bench.now += 20ms;
  bench.sender.on_ack({plus(probes[0], -1), *from_hex("07000000"), 1u << 20, true, {}}, bench.now);
  CHECK(bench.sender.counts().losses == 1);
  CHECK(bench.sender.ledbat().window() > window);
  const SentPacket* again = bench.sender.next(sequence, bench.now);
  REQUIRE(again != nullptr);
  CHECK(sequence == probes[0]);
  CHECK_FALSE(again->probe);
}

TEST_CASE("what the system refuses goes again at once, in fragments") {
  Bench bench;
  bench.write(50'000);
  std::uint16_t sequence = 0;
  while (const SentPacket* packet = bench.sender.next(sequence, bench.now))
    if (packet->probe) break;
  const std::uint16_t probe = sequence;
  bench.sender.on_probe_refused();
  const SentPacket* again = bench.sender.next(sequence, bench.now);
  REQUIRE(again != nullptr);
  CHECK(sequence == probe);
  CHECK_FALSE(again->probe);
}

TEST_CASE("without memory it waits") {
  Bench bench(2 * 2048);
  bench.write(10'000);
  CHECK(bench.drain() == 2);
  CHECK(bench.sender.starved());
  bench.now += 20ms;
  bench.ack(0);
  CHECK(bench.drain() == 1);
}

TEST_CASE("FIN goes behind all that was written") {
  Bench bench;
  bench.write(1000);
  bench.sender.finish();
  CHECK(bench.drain() == 3);
  CHECK_FALSE(bench.sender.finished());
  bench.ack(1);
  CHECK_FALSE(bench.sender.finished());
  bench.ack(2);
  CHECK(bench.sender.finished());
}

TEST_CASE("after a pause what was known of the line is old") {
  Bench bench;
  bench.warm(100);
  bench.now += 20ms;
  bench.sender.drop_unsent();
  bench.sender.on_ack({plus(bench.sender.next_sequence(), -1), {}, 1u << 20, true, {}}, bench.now);
  bench.now += 2s;
  bench.write(200'000);
  bench.drain();
  CHECK(bench.sender.flight() <= Ledbat::window_first);
}
