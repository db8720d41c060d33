#include "core/proxy/routed_net.h"

#include "tests/support/catch.h"
#include "tests/unit/core/proxy/fake_net.h"

using namespace seed;
using namespace seed::proxy;
using namespace seed::proxy::test;

TEST_CASE("what is made goes the way that is set, and stays on it") {
  FakeNet one;
  FakeNet other;
  RoutedNet net(one);
  Listening owner;
  Datagrams datagrams;
  const Endpoint peer = *Endpoint::parse("192.0.2.1:6881");
  const auto first = net.dial(peer, {}, owner);
  const auto socket = net.open_udp({}, datagrams);
  net.set(other);
  const auto second = net.dial(peer, {}, owner);
  CHECK(one.wires.size() == 1);
  CHECK(other.wires.size() == 1);
  REQUIRE((*socket)->send(*from_hex("6431"), peer));
  CHECK(one.sockets[0]->sent.size() == 1);
  CHECK(other.sockets.empty());
}
