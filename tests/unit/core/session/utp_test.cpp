#include "core/session/utp.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup;

/// One of the two ends: a driver and what it is told.
struct End final : UtpOwner, io::StreamOwner {
  End(Setup& its, std::uint32_t address);
  void on_utp_accept(std::unique_ptr<io::Stream> accepted) override {
    stream = std::move(accepted);
    stream->set_owner(this);
  }
  bool turns_away(const IpAddress& address) override { return address == blocked; }
  void on_connected() override { connected = true; }
  std::size_t may_read() override { return room; }
  void on_bytes(MutableBytes received) override {
    REQUIRE(received.size() <= room);
    read.insert(read.end(), received.begin(), received.end());
    if (destroys) stream.reset();
  }
  void on_sent(std::size_t octets) override { sent += octets; }
  void on_end(const Fault& fault) override { ended = fault; }
  void write(const Buffer& octets) {
    ByteQueue bytes;
    bytes.append(octets);
    stream->write(std::move(bytes));
  }

  struct Socket final : io::UdpSocket {
    Socket(Setup& its, const Endpoint& here) : setup(its), at(here) {}
    Result<void> send(Bytes datagram, const Endpoint& to) override;
    Endpoint local() const override { return at; }
    Setup& setup;
    Endpoint at;
  };
  Setup& setup;
  Socket socket;
  Utp utp;
  std::unique_ptr<io::Stream> stream;
  std::optional<IpAddress> blocked;
  std::size_t room = 1u << 20;
  Buffer read;
  std::size_t sent = 0;
  bool connected = false;
  bool destroys = false;
  std::optional<Fault> ended;
};

/// Two hosts, 1 ms from each other.
struct Setup {
  Setup() {
    for (End* end : {&a, &b}) {
      end->utp.set_sockets(&end->socket, nullptr, 1);
      end->utp.set_enabled(true);
    }
  }
  void dial() {
    auto dialled = a.utp.dial(b.socket.at, {}, a);
    REQUIRE(dialled);
    a.stream = *std::move(dialled);
  }
  /// Turns until `done()` or so long has passed.
  template <typename Done>
  bool run(Done&& done, Duration at_most = 60s) {
    const Instant end = ground.clock.now() + at_most;
    while (!done()) {
      for (End* each : {&a, &b}) each->utp.on_turn_end(ground.clock.now());
      Instant next = std::min({a.utp.deadline(), b.utp.deadline(), end});
      if (!way.empty()) next = std::min(next, way.begin()->first);
      if (next > ground.clock.now()) ground.clock.advance(next - ground.clock.now());
      if (ground.clock.now() >= end) return done();
      while (!way.empty() && way.begin()->first <= ground.clock.now()) {
        auto [from, to, octets] = std::move(way.begin()->second);
        way.erase(way.begin());
        ++carried;
        for (End* each : {&a, &b})
          if (each->socket.at == to) each->utp.on_datagram(octets, from, ground.clock.now());
      }
      for (End* each : {&a, &b})
        if (each->utp.deadline() <= ground.clock.now()) each->utp.on_deadline(ground.clock.now());
    }
    return true;
  }

  struct Datagram {
    Endpoint from;
    Endpoint to;
    Buffer octets;
  };
  torrent::test::Ground ground;
  std::multimap<Instant, Datagram> way;
  std::size_t carried = 0;
  End a{*this, 0x0a000001};
  End b{*this, 0x0a000002};
};

End::End(Setup& its, std::uint32_t address)
    : setup(its),
      socket(its, {IpAddress::v4(address), 6881}),
      utp(its.ground.clock, its.ground.alarm, Rng(address), *this) {}

Result<void> End::Socket::send(Bytes datagram, const Endpoint& to) {
  setup.way.emplace(setup.ground.clock.now() + 1ms, Setup::Datagram{at, to, to_buffer(datagram)});
  return {};
}

Buffer some_octets(std::size_t count) {
  Buffer out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return out;
}

TEST_CASE("a uTP stream is dialled, accepted, carries octets both ways and ends") {
  Setup setup;
  setup.dial();
  CHECK(setup.a.stream->is_utp());
  CHECK(setup.a.stream->remote() == setup.b.socket.at);
  REQUIRE(setup.run([&] { return setup.a.connected; }));
  const Buffer there = some_octets(300'000);
  setup.a.write(there);
  REQUIRE(setup.run([&] { return setup.b.read.size() == there.size(); }));
  CHECK(setup.b.read == there);
  CHECK(setup.a.sent == there.size());
  CHECK(setup.a.stream->unsent() == 0);
  const Buffer back = some_octets(5'000);
  setup.b.write(back);
  REQUIRE(setup.run([&] { return setup.a.read == back; }));
  setup.b.stream.reset();
  REQUIRE(setup.run([&] { return setup.a.ended.has_value(); }));
  CHECK(setup.a.ended->code == FaultCode::closed);
}

TEST_CASE("who may not read makes the other side wait, and reads on when it may") {
  Setup setup;
  setup.dial();
  REQUIRE(setup.run([&] { return setup.a.connected; }));
  setup.b.room = 0;
  const Buffer octets = some_octets(20u << 20);
  setup.a.write(octets);
  CHECK_FALSE(setup.run([&] { return setup.a.stream->unsent() == 0; }, 20s));
  CHECK(setup.b.read.empty());
  setup.b.room = 10'000;
  setup.b.stream->resume_reading();
  REQUIRE(setup.run([&] { return setup.b.read.size() == octets.size(); }));
  CHECK(setup.b.read == octets);
}

TEST_CASE("an owner may destroy its stream while it reads") {
  Setup setup;
  setup.dial();
  REQUIRE(setup.run([&] { return setup.a.connected; }));
  setup.b.destroys = true;
  setup.a.write(some_octets(50'000));
  REQUIRE(setup.run([&] { return setup.b.stream == nullptr; }));
  REQUIRE(setup.run([&] { return setup.a.ended.has_value(); }));
}

TEST_CASE("who is blocked gets no answer") {
  Setup setup;
  setup.b.blocked = setup.a.socket.at.address;
  setup.dial();
  CHECK_FALSE(setup.run([&] { return setup.a.connected; }, 5s));
  CHECK(setup.b.stream == nullptr);
  for (const auto& [when, datagram] : setup.way) CHECK(datagram.from == setup.a.socket.at);
}

TEST_CASE("switched off it takes nothing, dials nobody, and ends what there was") {
  Setup setup;
  setup.dial();
  REQUIRE(setup.run([&] { return setup.a.connected && setup.b.stream != nullptr; }));
  setup.b.utp.set_enabled(false);
  REQUIRE(setup.b.ended);
  CHECK(setup.b.ended->code == FaultCode::cancelled);
  CHECK_FALSE(setup.b.utp.dial(setup.a.socket.at, {}, setup.b));
  Buffer syn{0x41, 0, 0, 1};
  CHECK_FALSE(setup.b.utp.on_datagram(syn, setup.a.socket.at, setup.ground.clock.now()));
}

TEST_CASE("connections end when the port is another one, and not when it is the same") {
  Setup setup;
  setup.dial();
  REQUIRE(setup.run([&] { return setup.a.connected; }));
  setup.a.utp.set_sockets(&setup.a.socket, nullptr, 1);
  CHECK_FALSE(setup.a.ended);
  setup.a.utp.set_sockets(&setup.a.socket, nullptr, 2);
  CHECK(setup.a.ended);
}

TEST_CASE("what is connected ends with the network, and says nothing more") {
  Setup setup;
  setup.dial();
  REQUIRE(setup.run([&] { return setup.a.connected && setup.b.stream != nullptr; }));
  setup.way.clear();
  setup.a.utp.cut("tun0 is down");
  REQUIRE(setup.a.ended);
  CHECK(setup.a.ended->code == FaultCode::cut_off);
  CHECK(setup.a.ended->text == "tun0 is down");
  setup.a.utp.on_turn_end(setup.ground.clock.now());
  CHECK(setup.way.empty());
}

TEST_CASE("what is no uTP packet is left to others") {
  Setup setup;
  Buffer query = to_buffer(as_bytes("d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t1:a1:y1:qe"));
  CHECK_FALSE(setup.a.utp.on_datagram(query, setup.b.socket.at, setup.ground.clock.now()));
}

}  // namespace
}  // namespace seed::session
