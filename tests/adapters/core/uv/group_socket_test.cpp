#include "core/uv/group_socket.h"

#include "core/uv/net.h"
#include "tests/adapters/core/uv/own_namespace.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

struct Member final : io::UdpSocketOwner {
  explicit Member(Net& net, const Endpoint& group) {
    auto opened = net.open_group(group, {}, *this);
    REQUIRE(opened);
    socket = *std::move(opened);
  }
  void on_datagram(MutableBytes datagram, const Endpoint& from) override {
    heard.emplace_back(to_string(datagram), from);
  }
  std::unique_ptr<io::UdpSocket> socket;
  std::vector<std::pair<std::string, Endpoint>> heard;
};

// Nobody else is in these (RFC 5771, RFC 4291).
const Endpoint group_v4{*IpAddress::parse("239.255.77.78"), 47771};

}  // namespace

TEST_CASE("what is sent to a group is heard by all who are in it, where there is an interface") {
  Loop loop;
  Net net(loop);
  Member a(net, group_v4);
  Member b(net, group_v4);
  const auto sent = a.socket->send(as_bytes("hello"), group_v4);
  if (!sent) {
    // A machine with a loopback interface alone.
    CHECK(sent.error().code == FaultCode::unreachable);
    return;
  }
  REQUIRE(loop.run_until([&] { return !a.heard.empty() && !b.heard.empty(); }, bound));
  CHECK(b.heard[0].first == "hello");
  CHECK(b.heard[0].second.port == group_v4.port);
}

TEST_CASE("what is sent to the port but not to the group is not heard") {
  Loop loop;
  Net net(loop);
  Member member(net, group_v4);
  struct Mouth final : io::UdpSocketOwner {
    void on_datagram(MutableBytes, const Endpoint&) override {}
  } mouth;
  auto socket = net.open_udp(loopback(), mouth);
  REQUIRE(socket);
  static_cast<void>((*socket)->send(as_bytes("x"), {loopback().address, group_v4.port}));
  CHECK_FALSE(loop.run_until([&] { return !member.heard.empty(); }, 10ms));
  CHECK_FALSE((member.socket->send(as_bytes("x"), loopback())));
}

TEST_CASE("only the interface that is named is joined, and what is cut sends nothing any more") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop, GENERATE(Uplink::Devices::held, Uplink::Devices::refused));
  Net net(loop, &uplink);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  OwnNamespace::make_link("lan0", "10.8.0.1/24");
  uplink.bind({.interface = "tun0"});
  Member member(net, group_v4);
  CHECK(member.socket->send(as_bytes("x"), group_v4));
  CHECK(OwnNamespace::ip("maddr show dev tun0 | grep -q 239.255.77.78"));
  CHECK_FALSE(OwnNamespace::ip("maddr show dev lan0 | grep -q 239.255.77.78"));
  REQUIRE(OwnNamespace::ip("link set tun0 down"));
  REQUIRE(loop.run_until([&] { return !uplink.facts().there(); }, bound));
  const auto sent = member.socket->send(as_bytes("x"), group_v4);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == FaultCode::cut_off);
}
