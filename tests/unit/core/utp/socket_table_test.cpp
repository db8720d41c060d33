#include "core/utp/socket_table.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

const Endpoint there = *Endpoint::parse("192.0.2.1:1");
const Endpoint elsewhere = *Endpoint::parse("192.0.2.1:2");

struct Bench {
  Budget budget{1u << 24};
  BufferPool packets{2048, budget}, chains{16'384, budget};
  SocketTable table{8, 3};

  Socket& dialled(std::uint16_t receives) {
    return table.insert(
        std::make_unique<Socket>(Socket::Names{there, receives, plus(receives, 1), 1, 0}, Limits{},
                                 Socket::Pools{packets, chains}, Instant{1h}));
  }
  Socket& answering(std::uint16_t dials) {
    return table.insert_half_open(
        std::make_unique<Socket>(Socket::Names{there, plus(dials, 1), dials, 1, 0},
                                 Header{.type = PacketType::syn, .connection = dials}, Limits{},
                                 Socket::Pools{packets, chains}, Instant{1h}));
  }
  Socket* of(PacketType type, std::uint16_t connection, const Endpoint& from = there) {
    return table.of({.type = type, .connection = connection}, from);
  }
};

}  // namespace

TEST_CASE("a packet finds its socket by endpoint and id") {
  Bench bench;
  Socket& dialled = bench.dialled(10);
  Socket& answering = bench.answering(30);
  for (int again = 0; again < 2; ++again) {
    CHECK(bench.of(PacketType::data, 10) == &dialled);
    CHECK(bench.of(PacketType::data, 31) == &answering);
    CHECK(bench.of(PacketType::data, 10, elsewhere) == nullptr);
    CHECK(bench.of(PacketType::data, 11) == nullptr);
    // The same SYN once more.
    CHECK(bench.of(PacketType::syn, 30) == &answering);
    CHECK(bench.of(PacketType::syn, 31) == nullptr);
    // A RESET may have the id that we send.
    CHECK(bench.of(PacketType::reset, 11) == &dialled);
    CHECK(bench.of(PacketType::reset, 30) == &answering);
    CHECK(bench.of(PacketType::reset, 9) == nullptr);
    CHECK(bench.of(PacketType::reset, 32) == nullptr);
  }
  const SocketId id = dialled.id;
  CHECK(bench.table.owned(id) == &dialled);
  dialled.owned = false;
  CHECK(bench.table.owned(id) == nullptr);
  CHECK(bench.table.find(id) == &dialled);
  bench.of(PacketType::data, 10);
  bench.table.erase(dialled);
  CHECK(bench.table.find(id) == nullptr);
  CHECK(bench.of(PacketType::data, 10) == nullptr);
}

TEST_CASE("the oldest half open one gives way") {
  Bench bench;
  for (std::uint16_t i = 0; i < 20; ++i) {
    REQUIRE(bench.table.make_room());
    bench.answering(static_cast<std::uint16_t>(100 + 10 * i));
    CHECK(bench.table.half_open() <= 3);
  }
  CHECK(bench.table.size() == 3);
  CHECK(bench.of(PacketType::data, 100 + 10 * 19 + 1) != nullptr);
  CHECK(bench.of(PacketType::data, 100 + 10 * 16 + 1) == nullptr);
  for (std::uint16_t i = 0; i < 5; ++i) bench.dialled(static_cast<std::uint16_t>(1000 + 10 * i));
  CHECK(bench.table.full());
}
