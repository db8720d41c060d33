// What a hostile or careless other side can make of a Mux: little.
#include "core/utp/mux.h"
#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

namespace {

/// A mux alone, and whoever sends to it.
struct Alone {
  Mux mux;
  Instant now{1h};
  std::vector<Event> events;
  std::vector<Header> sent;
  std::size_t octets = 0;

  explicit Alone(const Limits& limits = {}) : mux(limits, Rng(1)) {}

  void give(const Header& header, const Endpoint& from, std::size_t payload = 0) {
    Buffer out(header_bytes + payload);
    encode(header, out);
    CHECK(mux.on_datagram(out, from, now));
    drain();
  }
  void drain() {
    mux.flush(now);
    while (auto out = mux.next_datagram()) {
      Buffer copy = to_buffer(out->bytes);
      octets += copy.size();
      sent.push_back(parse(copy)->header);
    }
    while (auto event = mux.next_event()) events.push_back(*event);
  }
  void pass(Duration span) {
    now += span;
    mux.on_deadline(now);
    drain();
  }
};

Endpoint stranger(std::uint32_t number) {
  return {IpAddress::v4(0x0a000000 + number), static_cast<std::uint16_t>(1 + number % 60'000)};
}

}  // namespace

TEST_CASE("what is no uTP is left to others") {
  Alone alone;
  Buffer query = to_buffer("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
  CHECK_FALSE(alone.mux.on_datagram(query, stranger(1), alone.now));
  Buffer tracker(16);
  CHECK_FALSE(alone.mux.on_datagram(tracker, stranger(1), alone.now));
  CHECK_FALSE(alone.mux.on_datagram({}, stranger(1), alone.now));
  Buffer broken(header_bytes);
  encode({.type = PacketType::data}, broken);
  broken[1] = 1;
  CHECK(alone.mux.on_datagram(broken, stranger(1), alone.now));
  CHECK(alone.mux.facts().malformed == 1);
  alone.drain();
  CHECK(alone.sent.empty());
}

TEST_CASE("who dials hears one answer for each of its packets, and nothing more") {
  Alone alone;
  for (int i = 0; i < 5; ++i)
    alone.give({.type = PacketType::syn, .connection = 7, .sequence = 1}, stranger(1));
  CHECK(alone.sent.size() == 5);
  CHECK(alone.octets == 5 * header_bytes);
  CHECK(alone.sent[0].type == PacketType::state);
  CHECK(alone.sent[0].connection == 7);
  CHECK(alone.sent[0].ack == 1);
  CHECK(alone.mux.facts().sockets == 1);
  // Nobody is told of it before it has shown that it hears us.
  CHECK(alone.events.empty());
  alone.give({.type = PacketType::data,
              .connection = 8,
              .sequence = 2,
              .ack = plus(alone.sent[0].sequence, 100)},
             stranger(1), 100);
  CHECK(alone.events.empty());
  alone.pass(20s);
  CHECK(alone.mux.facts().sockets == 0);
  CHECK(alone.sent.size() == 5);
  CHECK_FALSE(alone.mux.deadline());
}

TEST_CASE("who hears us is accepted") {
  Alone alone;
  alone.give({.type = PacketType::syn, .connection = 7, .window = 100'000, .sequence = 1},
             stranger(1));
  alone.give({.type = PacketType::data,
              .connection = 8,
              .window = 100'000,
              .sequence = 2,
              .ack = plus(alone.sent[0].sequence, -1)},
             stranger(1), 100);
  REQUIRE(alone.events.size() == 2);
  CHECK(std::holds_alternative<Accepted>(alone.events[0]));
  CHECK(std::holds_alternative<Readable>(alone.events[1]));
  CHECK(alone.mux.facts().half_open == 0);
  // The first of ours has the number that the answer had.
  alone.mux.write(std::get<Accepted>(alone.events[0]).id, queue_of(as_bytes("x")), alone.now);
  alone.drain();
  CHECK(alone.sent.back().type == PacketType::data);
  CHECK(alone.sent.back().sequence == alone.sent[0].sequence);
}

TEST_CASE("a flood of SYNs costs a bounded number of places, and the oldest give way") {
  Limits limits;
  limits.half_open_max = 10;
  limits.sockets_max = 20;
  Alone alone(limits);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    alone.give({.type = PacketType::syn, .connection = 7, .sequence = 1}, stranger(i));
    CHECK(alone.mux.facts().sockets <= 10);
  }
  CHECK(alone.mux.facts().half_open == 10);
  alone.give(
      {.type = PacketType::state, .connection = 8, .ack = plus(alone.sent.back().sequence, -1)},
      stranger(999));
  REQUIRE(alone.events.size() == 1);
  CHECK(alone.mux.facts().half_open == 9);
}

TEST_CASE("sockets in all are bounded") {
  Limits limits;
  limits.sockets_max = 3;
  Alone alone(limits);
  for (std::uint32_t i = 0; i < 3; ++i) REQUIRE(alone.mux.connect(stranger(i), alone.now));
  const auto refused = alone.mux.connect(stranger(9), alone.now);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::busy);
  alone.drain();
  alone.sent.clear();
  alone.give({.type = PacketType::syn, .connection = 7, .sequence = 1}, stranger(9));
  CHECK(alone.sent.empty());
}

TEST_CASE("unknown packets are answered with RESET, at a bounded rate, and RESETs never") {
  Alone alone;
  alone.give({.type = PacketType::data, .connection = 77, .sequence = 5}, stranger(1), 50);
  REQUIRE(alone.sent.size() == 1);
  CHECK(alone.sent[0].type == PacketType::reset);
  CHECK(alone.sent[0].connection == 77);
  CHECK(alone.sent[0].ack == 5);
  alone.give({.type = PacketType::reset, .connection = 77}, stranger(1));
  CHECK(alone.sent.size() == 1);
  for (std::uint32_t i = 0; i < 1000; ++i)
    alone.give({.type = PacketType::state, .connection = 1}, stranger(i));
  CHECK(std::ssize(alone.sent) == Resets::rate.burst);
}

TEST_CASE("a RESET with either id ends a connection, and a stranger's does not") {
  for (const int off : {0, 1, 2, -1}) {
    Pair pair;
    REQUIRE(pair.connect());
    // What a sends has the id that b receives.
    std::uint16_t to_b = 0;
    pair.drops = [&](const Packet& packet, Buffer&, bool from_a) {
      if (from_a) to_b = packet.header.connection;
      return false;
    };
    pair.write(pair.a, as_bytes("x"));
    pair.pass(1s);
    Buffer reset(header_bytes);
    encode({.type = PacketType::reset, .connection = plus(to_b, off - 1)}, reset);
    pair.b.mux.on_datagram(reset, *Endpoint::parse("10.9.9.9:1001"), pair.now);
    pair.b.hear(pair.now);
    CHECK_FALSE(pair.b.ending());
    pair.b.mux.on_datagram(reset, pair.a.at, pair.now);
    pair.b.hear(pair.now);
    CHECK(pair.b.ending().has_value() == (off == 0 || off == 1));
  }
}

TEST_CASE("many connections between two endpoints do not mix") {
  Pair pair;
  std::vector<SocketId> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(*pair.a.mux.connect(pair.b.at, pair.now));
  for (std::size_t i = 0; i < ids.size(); ++i)
    pair.a.mux.write(ids[i], queue_of(pattern(1000 + i)), pair.now);
  pair.b.reads = false;
  pair.pass(10s);
  std::vector<std::size_t> sizes;
  for (const Event& event : pair.b.events)
    if (const auto* accepted = std::get_if<Accepted>(&event))
      sizes.push_back(pair.b.mux.unread(accepted->id));
  std::ranges::sort(sizes);
  REQUIRE(sizes.size() == 300);
  for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(sizes[i] == 1000 + i);
}

TEST_CASE("a closed window holds the sender, and opens again") {
  Limits small;
  small.receive_window_bytes = 50'000;
  Pair pair({}, small);
  REQUIRE(pair.connect());
  const Buffer all = pattern(400'000);
  pair.b.reads = false;
  pair.write(pair.a, all);
  pair.pass(100s);
  CHECK(pair.b.mux.unread(pair.b.id) <= 50'000 + 1472);
  CHECK(pair.b.mux.unread(pair.b.id) > 40'000);
  CHECK(pair.a.mux.facts(pair.a.id)->timeouts < 20);
  pair.b.reads = true;
  pair.b.read(pair.now);
  const Instant opened = pair.now;
  CHECK(pair.pass_until([&] { return pair.b.received.size() == all.size(); }));
  CHECK(pair.b.received == all);
  CHECK(pair.now - opened < 3s);
}

TEST_CASE("a fifth of all packets lost, doubled or out of order: all arrives") {
  Pair pair;
  Rng dice(9);
  std::optional<Buffer> both_held[2];
  REQUIRE(pair.connect());
  pair.drops = [&](const Packet&, Buffer& octets, bool from_a) {
    auto& held = both_held[from_a ? 0 : 1];
    const auto draw = dice.below(20);
    if (draw < 2) return true;
    if (draw == 2) {
      if (held && held->size() == octets.size()) std::swap(*held, octets);
      held = octets;
    }
    return false;
  };
  const Buffer there = pattern(300'000), back = pattern(200'000);
  pair.write(pair.a, there);
  pair.write(pair.b, back);
  CHECK(pair.pass_until([&] {
    return pair.b.received.size() == there.size() && pair.a.received.size() == back.size();
  }));
  CHECK(pair.b.received == there);
  CHECK(pair.a.received == back);
  CHECK(pair.a.mux.facts(pair.a.id)->losses > 0);
  // The end comes through as well.
  pair.a.mux.close(pair.a.id, pair.now);
  CHECK(pair.pass_until([&] { return pair.b.ending().has_value(); }));
  CHECK(pair.b.ending() == Ending::closed);
  pair.drops = nullptr;
  pair.pass(3min);
  CHECK(pair.a.mux.facts().sockets == 0);
  CHECK(pair.b.mux.facts().sockets == 0);
}

TEST_CASE("sequence numbers wrap without a word") {
  Pair pair;
  REQUIRE(pair.connect());
  const Buffer all = pattern(100u << 20);
  pair.delay = 100us;
  pair.write(pair.a, all);
  CHECK(pair.pass_until([&] { return pair.b.received.size() == all.size(); }));
  CHECK(pair.b.received == all);
  CHECK(pair.a.mux.facts(pair.a.id)->packets_sent > 70'000);
}

TEST_CASE("who is silent for half a minute sends a sign for the routers") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.pass(1s);
  const std::size_t before = pair.packets;
  pair.pass(10min);
  CHECK(pair.packets - before >= 2 * 19);
  CHECK(pair.packets - before <= 2 * 22);
  CHECK(pair.a.mux.facts(pair.a.id)->connected);
}

TEST_CASE("the other side goes away without a word: heard of after some time") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.drops = [](const Packet&, Buffer&, bool) { return true; };
  pair.write(pair.a, as_bytes("anybody?"));
  CHECK(pair.pass_until([&] { return pair.a.ending().has_value(); }));
  CHECK(pair.a.ending() == Ending::timed_out);
}

TEST_CASE("a turn of many packets is acknowledged once") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.write(pair.a, pattern(2u << 20));
  CHECK(pair.pass_until([&] { return pair.b.received.size() == 2u << 20; }));
  // Of 1444; two milliseconds' worth go at once.
  CHECK(pair.octets[1] < 200 * header_bytes);
}

TEST_CASE("full packets of one run have one size") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.write(pair.a, pattern(500'000));
  pair.pass(1s);
  std::vector<std::size_t> sizes;
  pair.drops = [&](const Packet& packet, Buffer& octets, bool from_a) {
    if (from_a && packet.header.type == PacketType::data) sizes.push_back(octets.size());
    return false;
  };
  pair.write(pair.a, pattern(200'000));
  pair.pass(1s);
  REQUIRE(sizes.size() == (200'000 + 1451) / 1452);
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) CHECK(sizes[i] == 1472);
}

TEST_CASE("a path that takes less is found, with its probes lost or refused") {
  for (const bool refused : {false, true}) {
    Pair pair;
    REQUIRE(pair.connect());
    pair.path_bytes = 1300;
    pair.write(pair.a, pattern(3u << 20));
    while (pair.b.received.size() < 3u << 20) {
      REQUIRE(pair.step(pair.now + 1min));
      if (refused && !pair.fragile.empty() && pair.fragile.back())
        pair.a.mux.on_send_failed(pair.b.at, true, pair.now);
      pair.fragile.clear();
    }
    CHECK(pair.b.received == pattern(3u << 20));
    const Facts facts = *pair.a.mux.facts(pair.a.id);
    CHECK(facts.packet_bytes > 1300 - 18);
    CHECK(facts.packet_bytes <= 1300);
    CHECK(facts.timeouts == 0);
  }
}

TEST_CASE("memory of all sockets together is bounded") {
  Limits limits;
  limits.buffers_bytes_max = 1u << 20;
  Pair pair(Limits{}, limits);
  pair.b.reads = false;
  std::vector<SocketId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(*pair.a.mux.connect(pair.b.at, pair.now));
  for (const SocketId id : ids) pair.a.mux.write(id, queue_of(pattern(200'000)), pair.now);
  pair.pass(20s);
  CHECK(pair.b.mux.facts().buffer_bytes <= limits.buffers_bytes_max);
  // All comes when it is read.
  std::size_t total = 0;
  const auto read_all = [&] {
    for (const Event& event : pair.b.events) {
      const auto* accepted = std::get_if<Accepted>(&event);
      if (accepted == nullptr) continue;
      for (MutableBytes bytes = pair.b.mux.readable(accepted->id); !bytes.empty();
           bytes = pair.b.mux.readable(accepted->id)) {
        total += bytes.size();
        pair.b.mux.consume(accepted->id, bytes.size(), pair.now);
      }
    }
  };
  for (int i = 0; i < 2000 && total < 20 * 200'000; ++i) {
    read_all();
    pair.pass(500ms);
  }
  CHECK(total == 20 * 200'000);
}
