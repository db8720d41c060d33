#include "core/proxy/proxied_udp_socket.h"

#include "core/proxy/proxied_net.h"
#include "tests/support/catch.h"
#include "tests/unit/core/proxy/fake_net.h"

using namespace seed;
using namespace seed::proxy;
using namespace seed::proxy::test;

namespace {

const Endpoint peer = *Endpoint::parse("192.0.2.1:6881");
const Endpoint relay = *Endpoint::parse("198.51.100.7:3000");
constexpr std::string_view ready = "05000001c63364070bb8";  // the relay

struct Bench {
  explicit Bench(const std::string& server = "198.51.100.7:1080",
                 const std::string& at = "0.0.0.0:6881") {
    through.set_options({Proxy{*Endpoint::parse(server)}});
    socket = *through.open_udp(*Endpoint::parse(at), owner);
  }
  Wire& wire() { return *net.wires.back(); }
  void associate(std::string_view answer = ready) {
    wire().connect();
    wire().say("0500");
    wire().say(answer);
  }
  Result<void> send(std::string_view hex, const Endpoint& to = peer) {
    return socket->send(*from_hex(hex), to);
  }
  std::vector<std::pair<std::string, Endpoint>> sent() const {
    std::vector<std::pair<std::string, Endpoint>> out;
    for (const auto& one : net.sockets) out.insert(out.end(), one->sent.begin(), one->sent.end());
    return out;
  }

  FakeNet net;
  ManualClock clock;
  HostNames names;
  Datagrams owner;
  ProxiedNet through{net, clock, names};
  std::unique_ptr<io::UdpSocket> socket;
};

}  // namespace

TEST_CASE("a datagram goes to the relay, with its destination before it") {
  Bench bench;
  bench.associate();
  CHECK(bench.wire().heard() ==
        "050100"
        "05030001000000000000");
  REQUIRE(bench.send("6431"));
  REQUIRE(bench.net.sockets.size() == 1);
  CHECK(bench.net.sockets[0]->at == *Endpoint::parse("0.0.0.0:0"));
  CHECK(bench.sent()[0].first ==
        "00000001c00002011ae1"
        "6431");
  CHECK(bench.sent()[0].second == relay);
  REQUIRE(bench.send("6432", *Endpoint::parse("[2001:db8::1]:1")));
  CHECK(bench.sent()[1].first ==
        "0000000420010db8000000000000000000000001"
        "0001"
        "6432");
  CHECK(bench.net.sockets.size() == 1);
  CHECK(bench.socket->local() == *Endpoint::parse("0.0.0.0:6881"));
}

TEST_CASE("a datagram from the relay is its sender's") {
  Bench bench;
  bench.associate();
  CHECK(bench.send("6431"));
  bench.net.sockets[0]->receive(
      "00000001c00002011ae1"
      "6432",
      relay);
  bench.net.sockets[0]->receive(
      "0000000420010db8000000000000000000000001"
      "0001",
      relay);
  CHECK(bench.owner.received == std::vector<std::pair<std::string, std::string>>{
                                    {"6432", "192.0.2.1:6881"}, {"", "[2001:db8::1]:1"}});
}

TEST_CASE("nothing from elsewhere than the relay is heard, nor what is no datagram of it") {
  Bench bench;
  bench.associate();
  CHECK(bench.send("6431"));
  Socket& socket = *bench.net.sockets[0];
  socket.receive("00000001c00002011ae16432", peer);
  socket.receive("00000001c00002011ae16432", {relay.address, 3001});
  socket.receive("00000101c00002011ae16432", relay);  // a part
  socket.receive("00000001c0000201", relay);          // cut
  socket.receive("", relay);
  socket.receive("00000001f00000001ae16432", relay);  // stands for a name
  socket.receive("00000003016100016432", relay);      // a name nobody asked for
  CHECK(bench.owner.received.empty());
}

TEST_CASE("nothing goes out before there is a relay, nor when it is lost") {
  Bench bench;
  bench.wire().connect();
  bench.wire().say("0500");
  CHECK(bench.net.sockets.empty());
  bench.wire().say(ready);
  CHECK(bench.send("6431"));
  bench.wire().end();
  const auto refused = bench.send("6432");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == "the proxy 198.51.100.7:1080: over");
  CHECK(bench.sent().size() == 1);
  // What the old relay still has is not heard.
  bench.net.sockets[0]->receive("00000001c00002011ae16432", relay);
  CHECK(bench.owner.received.empty());
}

TEST_CASE("the proxy is asked again when its connection drops") {
  Bench bench;
  bench.associate();
  CHECK(bench.through.deadline() == never);
  bench.wire().end();
  CHECK(bench.net.wires.size() == 1);
  REQUIRE(bench.through.deadline() == bench.clock.at + 1s);
  bench.clock.at += 1s;
  bench.through.on_deadline(bench.clock.at);
  REQUIRE(bench.net.wires.size() == 2);
  bench.associate("05000001c63364070bb9");
  CHECK(bench.send("6431"));
  CHECK(bench.sent()[0].second.port == 3001);
}

TEST_CASE("a relay without an address is at the proxy's") {
  Bench bench;
  bench.associate("05000001000000000bb8");
  CHECK(bench.send("6431"));
  CHECK(bench.sent()[0].second == relay);
}

TEST_CASE("a relay of the other family has a socket of its family") {
  Bench bench;
  bench.associate("0500000420010db80000000000000000000000070bb8");
  CHECK(bench.send("6431"));
  REQUIRE(bench.net.sockets.size() == 1);
  CHECK(bench.net.sockets[0]->at == *Endpoint::parse("[::]:0"));
  bench.wire().end();
  bench.through.on_deadline(bench.clock.at += 1s);
  bench.associate();
  CHECK(bench.send("6431"));
  REQUIRE(bench.net.sockets.size() == 2);
  CHECK_FALSE(bench.net.sockets[0]->open());
  CHECK(bench.net.sockets[1]->at == *Endpoint::parse("0.0.0.0:0"));
}

TEST_CASE("a proxy of IPv6 carries what is called a socket of IPv4") {
  Bench bench("[2001:db8::7]:1080");
  bench.wire().connect();
  bench.wire().say("0500");
  CHECK(bench.wire().heard() ==
        "050100"
        "0503000400000000000000000000000000000000"
        "0000");
  bench.wire().say("0500000420010db80000000000000000000000070bb8");
  CHECK(bench.send("6431"));
  CHECK(bench.sent()[0].first ==
        "00000001c00002011ae1"
        "6431");
}

TEST_CASE("a datagram to what stands for a name goes by the name") {
  Bench bench;
  bench.associate();
  const Endpoint tracker{bench.names.address_of("tracker.example.org"), 80};
  REQUIRE(bench.send("6431", tracker));
  CHECK(bench.sent()[0].first ==
        "00000003"
        "13" +
            to_hex(as_bytes("tracker.example.org")) +
            "0050"
            "6431");
  // A proxy that answers by the name, and one that answers by a literal.
  bench.net.sockets[0]->receive("0000000313" + to_hex(as_bytes("tracker.example.org")) +
                                    "0050"
                                    "6432",
                                relay);
  bench.net.sockets[0]->receive("0000000309" + to_hex(as_bytes("192.0.2.9")) +
                                    "0050"
                                    "6433",
                                relay);
  CHECK(bench.owner.received == std::vector<std::pair<std::string, std::string>>{
                                    {"6432", tracker.to_string()}, {"6433", "192.0.2.9:80"}});
  CHECK(bench.send("6431", *Endpoint::parse("240.1.2.3:80")).error().code ==
        FaultCode::unreachable);
  CHECK(bench.sent().size() == 1);
}

TEST_CASE("a socket goes over to another proxy, and to none") {
  Bench bench;
  bench.associate();
  CHECK(bench.send("6431"));
  bench.through.set_options({Proxy{*Endpoint::parse("198.51.100.8:1080")}});
  CHECK_FALSE(bench.net.wires[0]->open());
  CHECK_FALSE(bench.net.sockets[0]->open());
  REQUIRE(bench.net.wires.size() == 2);
  CHECK(bench.wire().to.to_string() == "198.51.100.8:1080");
  bench.associate();
  CHECK(bench.send("6431"));
  bench.through.set_options({});
  CHECK_FALSE(bench.net.wires[1]->open());
  CHECK(bench.send("6431").error().text == "there is no proxy");
  CHECK(bench.through.deadline() == never);
  CHECK(bench.sent().size() == 2);
}

TEST_CASE("the proxy that there is already is not left") {
  Bench bench;
  bench.associate();
  auto options = ProxiedNet::Options{Proxy{*Endpoint::parse("198.51.100.7:1080")}, true};
  bench.through.set_options(options);
  CHECK(bench.wire().open());
  CHECK(bench.net.wires.size() == 1);
}

TEST_CASE("a socket that goes is asked about no more") {
  Bench bench;
  bench.associate();
  CHECK(bench.send("6431"));
  bench.socket.reset();
  CHECK_FALSE(bench.wire().open());
  CHECK_FALSE(bench.net.sockets[0]->open());
  CHECK(bench.through.deadline() == never);
}

TEST_CASE("what is sent while the first relay is asked for goes out when it is there") {
  Bench bench;
  REQUIRE(bench.send("6431"));
  REQUIRE(bench.send("6432"));
  bench.through.on_turn_end();
  CHECK(bench.sent().empty());
  bench.associate();
  bench.through.on_turn_end();
  REQUIRE(bench.sent().size() == 2);
  CHECK(bench.sent()[0].first == "00000001c00002011ae16431");
  CHECK(bench.sent()[1].first == "00000001c00002011ae16432");
  bench.through.on_turn_end();
  CHECK(bench.sent().size() == 2);
  // When it is lost nothing waits for the next.
  bench.wire().end();
  CHECK_FALSE(bench.send("6433"));
}

TEST_CASE("what waits for a relay is bounded, and dropped when there is none") {
  Bench bench;
  for (std::size_t i = 0; i < ProxiedUdpSocket::held_max; ++i) REQUIRE(bench.send("6431"));
  CHECK_FALSE(bench.send("6431"));
  bench.wire().end();
  bench.through.on_turn_end();
  bench.clock.at += 1s;
  bench.through.on_deadline(bench.clock.at);
  bench.associate();
  bench.through.on_turn_end();
  CHECK(bench.sent().empty());
  CHECK(bench.send("6432"));
}
