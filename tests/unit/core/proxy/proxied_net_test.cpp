#include "core/proxy/proxied_net.h"

#include "tests/support/catch.h"
#include "tests/unit/core/proxy/fake_net.h"

using namespace seed;
using namespace seed::proxy;
using namespace seed::proxy::test;

namespace {

const Endpoint peer = *Endpoint::parse("192.0.2.1:6881");
const Proxy proxy_a{*Endpoint::parse("198.51.100.7:1080")};

struct Gate final : io::ListenerOwner {
  void on_accept(std::unique_ptr<io::Stream>) override {}
  void on_accept_fault(const Fault&) override {}
};

struct Bench {
  FakeNet net;
  ManualClock clock;
  HostNames names;
  Listening owner;
  Datagrams datagrams;
  Gate gate;
  ProxiedNet through{net, clock, names};
};

}  // namespace

TEST_CASE("without a proxy nothing goes out") {
  Bench bench;
  CHECK(bench.through.dial(peer, {}, bench.owner).error().code == FaultCode::unreachable);
  const auto socket = bench.through.open_udp({}, bench.datagrams);
  REQUIRE(socket);
  CHECK_FALSE((*socket)->send(*from_hex("6431"), peer));
  CHECK_FALSE(bench.through.listen({}, bench.gate));
  CHECK(bench.net.wires.empty());
  CHECK(bench.net.sockets.empty());
  CHECK(bench.net.listened.empty());
  CHECK(bench.through.datagram_trouble()->text == "there is no proxy");
}

TEST_CASE("a dial goes to the proxy, and never to the peer") {
  Bench bench;
  bench.through.set_options({proxy_a});
  const auto stream = bench.through.dial(peer, {}, bench.owner);
  REQUIRE(stream);
  REQUIRE(bench.net.wires.size() == 1);
  CHECK(bench.net.wires[0]->to == proxy_a.server);
  CHECK((*stream)->remote() == peer);
}

TEST_CASE("what stands for a name is dialled by its name") {
  Bench bench;
  bench.through.set_options({proxy_a});
  const Endpoint stand_in{bench.names.address_of("peer.example.org"), 6881};
  const auto stream = bench.through.dial(stand_in, {}, bench.owner);
  REQUIRE(stream);
  bench.net.wires[0]->connect();
  bench.net.wires[0]->say("0500");
  CHECK(bench.net.wires[0]->heard() ==
        "050100"
        "0501000310" +
            to_hex(as_bytes("peer.example.org")) + "1ae1");
  CHECK(bench.through.dial(*Endpoint::parse("255.1.2.3:80"), {}, bench.owner).error().code ==
        FaultCode::unreachable);
  CHECK(bench.net.wires.size() == 1);
}

TEST_CASE("listening is refused, or passed on when it may be") {
  Bench bench;
  bench.through.set_options({proxy_a});
  CHECK(bench.through.listen(peer, bench.gate).error().code == FaultCode::permission);
  CHECK(bench.net.listened.empty());
  bench.through.set_options({proxy_a, true});
  REQUIRE(bench.through.listen(peer, bench.gate));
  CHECK(bench.net.listened == std::vector<Endpoint>{peer});
}

TEST_CASE("each socket has an association of its own, and the first to be due is told") {
  Bench bench;
  bench.through.set_options({proxy_a});
  const auto one = bench.through.open_udp(*Endpoint::parse("0.0.0.0:6881"), bench.datagrams);
  bench.clock.at += 5s;
  const auto two = bench.through.open_udp(*Endpoint::parse("[::]:6881"), bench.datagrams);
  CHECK(bench.net.wires.size() == 2);
  CHECK(bench.through.deadline() == bench.clock.at + 10s);
  CHECK(bench.through.datagram_trouble()->code == FaultCode::busy);
  bench.net.wires[0]->end();
  CHECK(bench.through.deadline() == bench.clock.at + 1s);
  bench.clock.at += 1s;
  bench.through.on_deadline(bench.clock.at);
  REQUIRE(bench.net.wires.size() == 3);
  for (const std::size_t wire : {1u, 2u}) {
    bench.net.wires[wire]->connect();
    bench.net.wires[wire]->say("0500");
    bench.net.wires[wire]->say("05000001c63364070bb8");
  }
  CHECK_FALSE(bench.through.datagram_trouble());
  CHECK(bench.through.deadline() == never);
}
