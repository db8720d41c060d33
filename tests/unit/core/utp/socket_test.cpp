#include "core/utp/socket.h"

#include <array>
#include <chrono>
#include <optional>

#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

namespace {

const Endpoint there = *Endpoint::parse("192.0.2.1:1");

/// One socket, and we are the other side.
struct Bench {
  Budget budget{1u << 24};
  BufferPool packets{2048, budget}, chains{16'384, budget};
  Instant now{1h};
  Limits limits;
  std::optional<Socket> socket;
  std::array<std::uint8_t, state_bytes_max> scratch{};

  void dial() {
    socket.emplace(Socket::Names{there, 10, 11, 100, 0}, limits, Socket::Pools{packets, chains},
                   now);
  }
  void answer() {
    socket.emplace(
        Socket::Names{there, 11, 10, 100, 0},
        Header{.type = PacketType::syn, .connection = 10, .window = 1u << 20, .sequence = 7},
        limits, Socket::Pools{packets, chains}, now);
  }
  std::vector<Header> take() {
    std::vector<Header> out;
    while (auto datagram = socket->next_datagram(scratch, now)) {
      Buffer copy = to_buffer(datagram->bytes);
      out.push_back(parse(copy)->header);
    }
    return out;
  }
  void give(PacketType type, std::uint16_t sequence, std::uint16_t ack, std::string_view text = "",
            std::uint32_t difference = 0, std::uint32_t timestamp = 0) {
    Buffer octets(header_bytes);
    encode({.type = type,
            .connection = 0,
            .timestamp = timestamp,
            .timestamp_difference = difference,
            .window = 1u << 20,
            .sequence = sequence,
            .ack = ack},
           octets);
    octets.insert(octets.end(), text.begin(), text.end());
    socket->on_packet(*parse(octets), now);
  }
  void connect() {
    dial();
    take();
    give(PacketType::state, 500, 100, "", 0, clock() - 50'000);
    take();
  }
  std::uint32_t clock() const {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
  }
};

}  // namespace

TEST_CASE("a SYN has the id that we receive, all else the next one") {
  Bench bench;
  bench.dial();
  auto sent = bench.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == PacketType::syn);
  CHECK(sent[0].connection == 10);
  CHECK(sent[0].sequence == 100);
  CHECK(sent[0].ack == 0);
  bench.give(PacketType::state, 500, 100);
  CHECK(bench.socket->state() == Socket::State::connected);
  sent = bench.take();
  // Its number takes none: the first DATA will have it.
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == PacketType::state);
  CHECK(sent[0].connection == 11);
  CHECK(sent[0].sequence == 101);
  CHECK(sent[0].ack == 499);
  bench.give(PacketType::data, 500, 100, "abc");
  CHECK(as_text(bench.socket->readable()) == "abc");
  CHECK(bench.take().at(0).ack == 500);
}

TEST_CASE("an answer to another SYN is none, and data is none") {
  Bench bench;
  bench.dial();
  bench.give(PacketType::state, 500, 99);
  bench.give(PacketType::data, 500, 100, "abc");
  bench.give(PacketType::fin, 500, 100);
  bench.give(PacketType::syn, 500, 100);
  CHECK(bench.socket->state() == Socket::State::connecting);
  bench.give(PacketType::reset, 500, 100);
  CHECK(bench.socket->state() == Socket::State::over);
  CHECK(bench.socket->why_over() == Ending::refused);
}

TEST_CASE("a SYN goes four times within 15 s") {
  Bench bench;
  const Instant begin = bench.now;
  bench.dial();
  std::vector<Duration> at;
  while (bench.socket->state() != Socket::State::over) {
    if (!bench.take().empty()) at.push_back(bench.now - begin);
    bench.now = bench.socket->deadline();
    bench.socket->on_deadline(bench.now);
  }
  CHECK(at == std::vector<Duration>{0s, 1s, 3s, 7s});
  CHECK(bench.now - begin == 15s);
  CHECK(bench.socket->why_over() == Ending::timed_out);
}

TEST_CASE("the delay of what came is told, and never as none") {
  Bench bench;
  bench.connect();
  const std::uint32_t clock = bench.clock();
  bench.give(PacketType::data, 500, 100, "a", 0, clock - 25'000);
  CHECK(bench.take().at(0).timestamp_difference == 25'000);
  bench.give(PacketType::data, 501, 100, "a", 0, clock);
  CHECK(bench.take().at(0).timestamp_difference == 1);
}

TEST_CASE("a clock that drifts is no queue") {
  for (const bool drifts : {true, false}) {
    Bench bench;
    bench.connect();
    std::uint16_t sequence = 500;
    // Each minute their clock gains 5 ms on ours: what we send seems to take longer.
    for (std::uint32_t minute = 0; minute < 9; ++minute) {
      const std::uint32_t clock = bench.clock();
      for (int i = 0; i < 4; ++i)
        bench.give(PacketType::data, sequence++, 100, "a", 50'000 + minute * 5000,
                   clock - 50'000 + (drifts ? minute * 5000 : 0));
      bench.take();
      bench.now += 1min;
    }
    CHECK(bench.socket->facts().queueing_delay == (drifts ? 0ms : 40ms));
  }
}

TEST_CASE("data carries the acknowledgement; what came ahead is told behind it") {
  Bench bench;
  bench.connect();
  bench.give(PacketType::data, 500, 100, "a");
  bench.socket->write(queue_of(as_bytes("xyz")));
  auto sent = bench.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == PacketType::data);
  CHECK(sent[0].ack == 500);
  bench.give(PacketType::data, 502, 101, "c");
  bench.socket->write(queue_of(as_bytes("xyz")));
  sent = bench.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].type == PacketType::data);
  CHECK(sent[1].type == PacketType::state);
}

TEST_CASE("both sides have sent FIN: it is over") {
  Bench bench;
  bench.connect();
  bench.socket->close(false);
  auto sent = bench.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == PacketType::fin);
  CHECK(sent[0].sequence == 101);
  bench.give(PacketType::state, 500, 101);
  CHECK(bench.take().empty());
  CHECK(bench.socket->state() == Socket::State::closing);
  bench.give(PacketType::fin, 500, 101);
  sent = bench.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].ack == 500);
  CHECK(bench.socket->state() == Socket::State::over);
}

TEST_CASE("who never sends FIN is waited for three seconds") {
  Bench bench;
  bench.connect();
  bench.socket->close(false);
  bench.take();
  bench.give(PacketType::state, 500, 101);
  bench.take();
  CHECK(bench.socket->deadline() == bench.now + 3s);
  bench.now += 3s;
  bench.socket->on_deadline(bench.now);
  CHECK(bench.socket->state() == Socket::State::over);
}

TEST_CASE("an acknowledgement of what was never sent makes a packet worth nothing") {
  Bench bench;
  bench.connect();
  bench.give(PacketType::data, 500, 101, "abc");
  CHECK(bench.socket->unread() == 0);
  bench.give(PacketType::data, 500, 100, "abc");
  CHECK(bench.socket->unread() == 3);
}

TEST_CASE("who dialled may not answer with another number") {
  Bench bench;
  bench.answer();
  auto sent = bench.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == PacketType::state);
  CHECK(sent[0].sequence == 100);
  CHECK(sent[0].ack == 7);
  CHECK(sent[0].connection == 10);
  bench.give(PacketType::data, 8, 98, "abc");
  bench.give(PacketType::data, 8, 100, "abc");
  CHECK(bench.socket->state() == Socket::State::answered);
  // A lost answer is repeated.
  bench.give(PacketType::syn, 7, 0);
  CHECK(bench.take().size() == 1);
  bench.give(PacketType::data, 8, 99, "abc");
  CHECK(bench.socket->state() == Socket::State::connected);
  CHECK(bench.socket->unread() == 3);
  bench.take();
  // An old SYN that comes late is nothing.
  bench.give(PacketType::syn, 7, 0);
  CHECK(bench.take().empty());
}
