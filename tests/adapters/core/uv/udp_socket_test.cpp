#include "core/uv/udp_socket.h"

#include "core/base/limits.h"
#include "core/uv/net.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

struct Mouth final : io::UdpSocketOwner {
  std::unique_ptr<io::UdpSocket> socket;
  std::vector<std::pair<std::string, Endpoint>> heard;
  std::function<void()> hearing;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override {
    heard.emplace_back(to_string(datagram), from);
    if (hearing) hearing();
  }
  explicit Mouth(Net& net, const Endpoint& at = loopback()) {
    auto opened = net.open_udp(at, *this);
    REQUIRE(opened);
    socket = *std::move(opened);
  }
};

}  // namespace

TEST_CASE("datagrams arrive whole, in order and with their sender") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  Mouth b(net);
  for (int i = 0; i < 100; ++i) {
    const std::string text(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    REQUIRE(a.socket->send(as_bytes(text), b.socket->local()));
  }
  const std::string large(60'000, 'x');
  REQUIRE(a.socket->send(as_bytes(large), b.socket->local()));
  std::uint64_t turn = 0;
  std::size_t in_turn = 0;
  std::size_t most = 0;
  b.hearing = [&] {
    in_turn = std::exchange(turn, loop.turn()) == loop.turn() ? in_turn + 1 : 1;
    most = std::max(most, in_turn);
  };
  REQUIRE(loop.run_until([&] { return b.heard.size() == 101; }, bound));
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(b.heard[i].first.size() == i);
    CHECK(b.heard[i].second == a.socket->local());
  }
  CHECK(b.heard[100].first == large);
  CHECK(most <= limits::datagrams_per_wake_max);
}

TEST_CASE("a UDP socket may be destroyed while it hears") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  auto b = std::make_unique<Mouth>(net);
  for (int i = 0; i < 10; ++i) REQUIRE(a.socket->send(as_bytes("x"), b->socket->local()));
  b->hearing = [&] { b->socket.reset(); };
  REQUIRE(loop.run_until([&] { return !b->heard.empty(); }, bound));
  CHECK_FALSE(loop.run_until([&] { return b->heard.size() > 1; }, 10ms));
}

TEST_CASE("a datagram that cannot go is a fault, and the socket lives on") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  CHECK_FALSE(a.socket->send(as_bytes(std::string(70'000, 'x')), loopback(9)));
  // Nobody listens there: an ICMP error comes back and must not end anything.
  for (int i = 0; i < 3; ++i) static_cast<void>(a.socket->send(as_bytes("x"), loopback(1)));
  Mouth b(net);
  REQUIRE(b.socket->send(as_bytes("hello"), a.socket->local()));
  CHECK(loop.run_until([&] { return a.heard.size() == 1; }, bound));
}

TEST_CASE("a UDP port that is taken is a fault") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  const auto second = net.open_udp(a.socket->local(), a);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == FaultCode::exists);
}

TEST_CASE("a run of datagrams arrives as they were, each by itself") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  Mouth b(net);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 100; ++i)
    texts.emplace_back(i < 99 ? 1200 : 7, static_cast<char>('a' + i % 26));
  std::vector<Bytes> run;
  for (const auto& text : texts) run.push_back(as_bytes(text));
  REQUIRE(a.socket->send_run(run, b.socket->local()));
  REQUIRE(loop.run_until([&] { return b.heard.size() == 100; }, bound));
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(b.heard[i].first == texts[i]);
    CHECK(b.heard[i].second == a.socket->local());
  }
}

TEST_CASE("a socket may be destroyed in the midst of a run that it hears") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  auto b = std::make_unique<Mouth>(net);
  const std::string text(1000, 'x');
  const std::vector<Bytes> run(20, as_bytes(text));
  REQUIRE(a.socket->send_run(run, b->socket->local()));
  b->hearing = [&] { b->socket.reset(); };
  REQUIRE(loop.run_until([&] { return !b->heard.empty(); }, bound));
  CHECK(b->heard.size() == 1);
}

TEST_CASE("a run to nowhere is a fault, and the next one goes") {
  Loop loop;
  Net net(loop);
  Mouth a(net);
  const std::string text(70'000, 'x');
  const std::vector<Bytes> run(2, as_bytes(text));
  CHECK_FALSE(a.socket->send_run(run, loopback(9)));
  Mouth b(net);
  const std::vector<Bytes> next(3, as_bytes(text).first(500));
  REQUIRE(a.socket->send_run(next, b.socket->local()));
  CHECK(loop.run_until([&] { return b.heard.size() == 3; }, bound));
}
