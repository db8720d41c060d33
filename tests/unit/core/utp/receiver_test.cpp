#include "core/utp/receiver.h"

#include <bit>
#include <optional>

#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

namespace {

struct Bench {
  Budget budget;
  BufferPool packets{2048, budget};
  BufferPool chains{4096, budget};
  Receiver receiver;

  explicit Bench(std::size_t window = 1u << 20, std::size_t memory = 1u << 24)
      : budget(memory), receiver(window, packets, chains) {
    receiver.begin(65534);
  }
  bool data(int at, std::string_view text) {
    return receiver.on_packet(PacketType::data, plus(65534, at), as_bytes(text));
  }
  bool fin(int at) { return receiver.on_packet(PacketType::fin, plus(65534, at), {}); }
  int came() const { return steps(65533, receiver.ack()); }
  std::string sack() const {
    Buffer out(sack_bytes_max);
    return to_hex(Bytes(out).first(receiver.sack(out)));
  }
  /// Where it begins, counted as data() does, and how many bits it has that are set and not.
  struct Parts {
    int first = 0, came = 0, missing = 0;
    bool operator==(const Parts&) const = default;
  };
  std::optional<Parts> further() {
    Buffer out(further_bytes_max);
    const Further further = receiver.further(out);
    if (further.bits.empty()) return std::nullopt;
    Parts parts{steps(65534, further.first)};
    for (const std::uint8_t octet : further.bits) parts.came += std::popcount(octet);
    parts.missing = static_cast<int>(further.bits.size() * 8) - parts.came;
    return parts;
  }
  std::string read() {
    std::string out;
    for (MutableBytes bytes = receiver.readable(); !bytes.empty(); bytes = receiver.readable()) {
      out += as_text(bytes);
      receiver.consume(bytes.size());
    }
    return out;
  }
};

}  // namespace

TEST_CASE("what comes in order can be read") {
  Bench bench;
  CHECK(bench.data(0, "ab"));
  CHECK(bench.data(1, "cd"));
  CHECK(bench.came() == 2);
  CHECK(bench.receiver.unread() == 4);
  CHECK_FALSE(bench.data(1, "cd"));
  CHECK(bench.read() == "abcd");
  CHECK(bench.sack().empty());
}

TEST_CASE("what comes ahead waits, and is told") {
  Bench bench;
  CHECK_FALSE(bench.data(1, "b"));
  CHECK_FALSE(bench.data(3, "d"));
  CHECK_FALSE(bench.data(3, "d"));
  CHECK(bench.came() == 0);
  // Bit 0 is the one behind the missing one.
  CHECK(bench.sack() == "05000000");
  CHECK(bench.data(0, "a"));
  CHECK(bench.came() == 2);
  CHECK(bench.sack() == "01000000");
  CHECK(bench.data(2, "c"));
  CHECK(bench.came() == 4);
  CHECK_FALSE(bench.receiver.has_ahead());
  CHECK(bench.read() == "abcd");
}

TEST_CASE("in any order, over the wrap, with a ring that grows") {
  Bench bench(1u << 24);
  Rng dice(1);
  std::vector<int> order(3000);
  for (int i = 0; i < 3000; ++i) order[static_cast<std::size_t>(i)] = i;
  dice.shuffle(order);
  for (const int i : order) bench.data(i, std::string(1, static_cast<char>('a' + i % 26)));
  const std::string all = bench.read();
  REQUIRE(all.size() == 3000);
  for (int i = 0; i < 3000; ++i) CHECK(all[static_cast<std::size_t>(i)] == 'a' + i % 26);
  CHECK(bench.budget.used() == 0);
}

TEST_CASE("a selective acknowledgement is as long as it must be, and as it may") {
  Bench bench(1u << 24);
  bench.data(33, "x");
  CHECK(bench.sack() == "0000000001000000");
  bench.data(32, "x");
  CHECK(bench.sack() == "0000008001000000");
  bench.data(5000, "x");
  CHECK(bench.sack().size() == 2 * sack_bytes_max);
}

TEST_CASE("the end comes when all before it has") {
  Bench bench;
  CHECK_FALSE(bench.fin(2));
  CHECK_FALSE(bench.data(3, "after the end"));
  CHECK_FALSE(bench.data(2, "in its place"));
  CHECK(bench.data(0, "a"));
  CHECK_FALSE(bench.receiver.ended());
  CHECK(bench.data(1, "b"));
  CHECK(bench.receiver.ended());
  CHECK(bench.came() == 3);
  CHECK_FALSE(bench.fin(2));
  CHECK_FALSE(bench.fin(3));
  CHECK(bench.read() == "ab");
}

TEST_CASE("an end before what has come already is a lie") {
  Bench bench;
  bench.data(5, "f");
  CHECK_FALSE(bench.fin(3));
  for (int i = 0; i < 5; ++i) bench.data(i, "x");
  CHECK_FALSE(bench.receiver.ended());
  CHECK(bench.fin(6));
}

TEST_CASE("the window closes with what is not read, and opens with a word") {
  Bench bench(10'000);
  const std::string packet(1000, 'x');
  bench.receiver.told();
  for (int i = 0; i < 10; ++i) bench.data(i, packet);
  CHECK(bench.receiver.window() == 0);
  bench.receiver.told();
  CHECK_FALSE(bench.receiver.reopened());
  // Who asks about a closed window sends one that there is no room for.
  CHECK_FALSE(bench.data(10, packet));
  CHECK(bench.came() == 10);
  bench.receiver.consume(1000);
  CHECK_FALSE(bench.receiver.reopened());
  CHECK(bench.data(10, packet));
  bench.read();
  CHECK(bench.receiver.reopened());
  bench.receiver.told();
  CHECK_FALSE(bench.receiver.reopened());
  CHECK(bench.receiver.window() == 10'000);
}

TEST_CASE("what comes ahead is bounded by the window") {
  Bench bench(100'000);
  const std::string packet(1000, 'x');
  for (int i = 1; i < 5000; ++i) bench.data(i, packet);
  CHECK(bench.receiver.window() == 0);
  CHECK(bench.budget.used() < 300'000);
  // One octet each, and far ahead.
  Bench small(100'000);
  for (int i = 1; i < 30'000; ++i) small.data(i, "x");
  CHECK(small.budget.used() < 196 * 2048 + 256 * 32);
}

TEST_CASE("without memory nothing is lost for good") {
  Bench bench(1u << 20, 32'768);
  const std::string packet(1000, 'x');
  for (int i = 1; i < 40; ++i) bench.data(i, packet);
  CHECK(bench.budget.used() <= 32'768);
  for (int again = 0; again < 20; ++again) {
    for (int i = 0; i < 40; ++i) bench.data(i, packet);
    bench.read();
  }
  CHECK(bench.came() == 40);
  CHECK_FALSE(bench.receiver.has_ahead());
}

TEST_CASE("what is thrown away is acknowledged") {
  Bench bench;
  bench.data(0, "a");
  bench.data(2, "c");
  bench.receiver.discard();
  CHECK(bench.receiver.unread() == 0);
  bench.data(1, "b");
  CHECK(bench.came() == 3);
  bench.data(4, "e");
  bench.data(3, "d");
  CHECK(bench.came() == 5);
  CHECK(bench.receiver.unread() == 0);
  CHECK(bench.fin(5));
  CHECK(bench.receiver.ended());
}

TEST_CASE("a packet larger than any buffer is not taken") {
  Bench bench;
  CHECK_FALSE(bench.data(0, std::string(3000, 'x')));
  CHECK_FALSE(bench.data(1, std::string(3000, 'x')));
  CHECK(bench.came() == 0);
  CHECK_FALSE(bench.receiver.has_ahead());
  // An empty one takes its number.
  bench.data(0, "");
  CHECK(bench.came() == 1);
}

TEST_CASE("of memory that others have taken it promises less") {
  Bench bench(8u << 20, 128u << 20);
  CHECK(bench.receiver.window() == 8u << 20);
  REQUIRE(bench.packets.charge(96u << 20));
  CHECK(bench.receiver.window() == 2u << 20);
  REQUIRE(bench.packets.charge(30u << 20));
  CHECK(bench.receiver.window() == Receiver::share_least_bytes);
  bench.packets.discharge(126u << 20);
}

TEST_CASE("what comes does not narrow the window that it came by") {
  Bench bench(8u << 20, 128u << 20);
  const std::size_t before = bench.receiver.window();
  const std::string packet(1400, 'x');
  for (int i = 1; i <= 2000; ++i) bench.data(i, packet);
  CHECK(bench.receiver.window() == before - 2000 * packet.size());
  bench.data(0, packet);
  CHECK(bench.receiver.unread() == 2001 * packet.size());
  // But for what buffers of what is in order have too much.
  CHECK(bench.receiver.window() > before - 2001 * packet.size() - 4096);
  bench.receiver.discard();
  CHECK(bench.receiver.window() == before);
}

TEST_CASE("what a selective acknowledgement does not reach is told in turn") {
  Bench bench(8u << 20, 128u << 20);
  // It tells of 1 to 2016 at most.
  for (int i = 1; i <= 2016; ++i) bench.data(i, "x");
  CHECK_FALSE(bench.further());
  for (int i = 2017; i <= 2026; ++i)
    if (i != 2020) bench.data(i, "x");
  CHECK(bench.sack() == to_hex(Buffer(sack_bytes_max, 0xff)));
  CHECK(bench.further() == Bench::Parts{2017, 9, 7});
  // Once in a while only.
  for (int i = 2027; i < 2027 + Receiver::further_packets - 1; ++i) bench.data(i, "x");
  CHECK_FALSE(bench.further());
  bench.data(6016, "x");
  CHECK(bench.further() == Bench::Parts{2027, 15, 1985});
  for (int i = 5001; i <= 5100; ++i) bench.data(i, "x");
  CHECK(bench.further() == Bench::Parts{4027, 101, 1891});
  // All parts were told: again the first.
  for (int i = 5101; i <= 5200; ++i) bench.data(i, "x");
  CHECK(bench.further() == Bench::Parts{2017, 24, 1976});
  // What was missing comes.
  bench.data(0, "x");
  CHECK(bench.came() == 2020);
  for (int i = 5201; i <= 5300; ++i) bench.data(i, "x");
  CHECK(bench.further() == Bench::Parts{4037, 301, 1683});
}
