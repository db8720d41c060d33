#include "core/utp/mux.h"

#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

TEST_CASE("one dials, the other accepts, and both talk") {
  Pair pair;
  REQUIRE(pair.connect());
  CHECK(std::get<Accepted>(pair.b.events.at(0)).from == pair.a.at);
  pair.write(pair.a, as_bytes("hello"));
  pair.write(pair.b, as_bytes("good day"));
  pair.pass(1s);
  CHECK(as_text(pair.b.received) == "hello");
  CHECK(as_text(pair.a.received) == "good day");
  CHECK(pair.a.sent == 5);
  CHECK(pair.a.mux.unsent(pair.a.id) == 0);
  CHECK(pair.b.mux.facts(pair.b.id)->connected);
}

TEST_CASE("what is written before the connection is there goes out then") {
  Pair pair;
  pair.a.id = *pair.a.mux.connect(pair.b.at, pair.now);
  pair.write(pair.a, as_bytes("early"));
  pair.pass(1s);
  CHECK(as_text(pair.b.received) == "early");
}

TEST_CASE("a megabyte arrives whole, both ways at once") {
  Pair pair;
  REQUIRE(pair.connect());
  const Buffer there = pattern(1 << 20), back = pattern(700'001);
  pair.write(pair.a, there);
  pair.write(pair.b, back);
  CHECK(pair.pass_until([&] {
    return pair.b.received.size() == there.size() && pair.a.received.size() == back.size();
  }));
  CHECK(pair.b.received == there);
  CHECK(pair.a.received == back);
  CHECK(pair.a.sent == there.size());
  const Facts facts = *pair.a.mux.facts(pair.a.id);
  CHECK(facts.timeouts == 0);
  CHECK(facts.losses == 0);
  CHECK(facts.packet_bytes == 1472);
  CHECK(facts.rtt >= 20ms);
}

TEST_CASE("who closes sends all first, and the other side hears of the end when it has read all") {
  Pair pair;
  REQUIRE(pair.connect());
  const Buffer all = pattern(200'000);
  pair.b.reads = false;
  pair.write(pair.a, all);
  pair.a.mux.close(pair.a.id, pair.now);
  CHECK_FALSE(pair.a.mux.facts(pair.a.id));
  pair.pass(10s);
  CHECK_FALSE(pair.b.ending());
  CHECK(pair.b.mux.unread(pair.b.id) == all.size());
  pair.b.read(pair.now);
  pair.pass(10s);
  CHECK(pair.b.received == all);
  CHECK(pair.b.ending() == Ending::closed);
  CHECK_FALSE(pair.a.ending());
  // Both are forgotten, with all their memory.
  for (Side* side : {&pair.a, &pair.b}) {
    CHECK(side->mux.facts().sockets == 0);
    CHECK(side->mux.facts().buffer_bytes == 0);
    CHECK_FALSE(side->mux.deadline());
  }
}

TEST_CASE("who aborts resets") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.write(pair.b, as_bytes("x"));
  pair.a.mux.abort(pair.a.id, pair.now);
  pair.pass(1s);
  CHECK(pair.b.ending() == Ending::reset);
  CHECK(pair.b.mux.facts().sockets == 0);
  CHECK_FALSE(pair.a.ending());
}

TEST_CASE("nobody there: refused, or timed out after 15 s") {
  Pair pair;
  pair.b.mux.set_accepting(false);
  pair.a.id = *pair.a.mux.connect(pair.b.at, pair.now);
  pair.pass(14s);
  CHECK_FALSE(pair.a.ending());
  CHECK(pair.packets == 4);
  pair.pass(2s);
  CHECK(pair.a.ending() == Ending::timed_out);
  CHECK(pair.a.mux.facts().sockets == 0);

  Pair other;
  other.a.id = *other.a.mux.connect(other.b.at, other.now);
  other.drops = [&](const Packet& packet, Buffer& octets, bool from_a) {
    if (from_a && packet.header.type == PacketType::syn) octets[0] = 0x21;  // a STATE of nobody's
    return false;
  };
  other.pass(1s);
  CHECK(other.a.ending() == Ending::refused);
}

TEST_CASE("a stale id finds nothing") {
  Pair pair;
  REQUIRE(pair.connect());
  const SocketId old = pair.a.id;
  pair.a.mux.abort(old, pair.now);
  pair.write(pair.a, as_bytes("x"));
  pair.a.mux.close(old, pair.now);
  pair.a.mux.consume(old, 0, pair.now);
  CHECK(pair.a.mux.readable(old).empty());
  CHECK(pair.a.mux.unsent(old) == 0);
  CHECK_FALSE(pair.a.mux.facts(old));
}
