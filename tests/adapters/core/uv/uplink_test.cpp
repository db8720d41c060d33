#include "core/uv/uplink.h"

#include <sys/resource.h>

#include "core/uv/net.h"
#include "core/uv/world.h"
#include "tests/adapters/core/uv/own_namespace.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

struct Told final : io::UplinkOwner {
  int times = 0;
  void on_uplink() override { ++times; }
};

struct Datagrams final : io::UdpSocketOwner {
  int received = 0;
  void on_datagram(MutableBytes, const Endpoint&) override { ++received; }
};

io::UplinkWish wish_of(const std::string& interface) { return {.interface = interface}; }

/// While it lives the process gets no file descriptor any more. Nothing is checked meanwhile:
/// sanitizers need one to look at what is compared.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// Of lo no news comes by itself; that others are connected is told up to a second later.
const io::UplinkWish quiet_wish{
    .interface = "lo", .v4 = IpAddress::parse("10.9.0.1"), .v6 = std::nullopt};

/// Until the uplink is so; the interface is changed before.
template <typename Condition>
void wait_until(Loop& loop, Condition condition) {
  REQUIRE(loop.run_until(condition, bound));
}

}  // namespace

TEST_CASE("what is bound to nothing goes as it wants") {
  Loop loop;
  Uplink uplink(loop);
  Net net(loop, &uplink);
  CHECK(uplink.facts().there());
  CHECK(uplink.facts() == io::UplinkFacts{});
  Gate gate;
  CHECK(net.listen(loopback(), gate));
}

TEST_CASE("over an interface that is there sockets are made, from its addresses") {
  Loop loop;
  const auto devices = GENERATE(Uplink::Devices::held, Uplink::Devices::refused);
  Uplink uplink(loop, devices);
  Net net(loop, &uplink);
  uplink.bind(wish_of("lo"));
  REQUIRE(uplink.facts().there());
  CHECK(uplink.facts().v4 == IpAddress::v4(0x7f000001));
  CHECK(uplink.facts().by_source_only == (devices == Uplink::Devices::refused));
  Gate gate;
  const auto listener = net.listen({IpAddress::any_v4(), 0}, gate);
  REQUIRE(listener);
  Peer near;
  auto dialled = net.dial(loopback((*listener)->local().port), {}, near);
  REQUIRE(dialled);
  near.stream = *std::move(dialled);
  wait_until(loop, [&] { return near.connected && gate.accepted.size() == 1; });
  CHECK(near.stream->local().address == IpAddress::v4(0x7f000001));
  Datagrams first, second;
  const auto one = net.open_udp({IpAddress::any_v4(), 0}, first);
  const auto other = net.open_udp({IpAddress::any_v4(), 0}, second);
  REQUIRE(one);
  REQUIRE(other);
  REQUIRE((*one)->send(as_bytes("x"), loopback((*other)->local().port)));
  wait_until(loop, [&] { return second.received == 1; });
}

TEST_CASE("over an interface that is not there nothing is made, and all say so") {
  const TempFolder folder;
  RealWorld real(folder / "state.db", 2);
  const io::World world = real.interfaces();
  world.uplink.bind(wish_of("no-such-if0"));
  CHECK_FALSE(world.uplink.facts().there());
  CHECK(world.uplink.facts().trouble == "the interface no-such-if0 is not there");
  const auto says = [](const Fault& fault) {
    CHECK(fault.code == FaultCode::cut_off);
    CHECK(fault.text.find("no-such-if0") != fault.text.npos);
  };
  Peer peer;
  Gate gate;
  Datagrams datagrams;
  for (const auto& at : {loopback(1), Endpoint{*IpAddress::parse("::1"), 1}}) {
    const auto dialled = world.net.dial(at, {}, peer);
    REQUIRE_FALSE(dialled);
    says(dialled.error());
    const auto listener = world.net.listen(at, gate);
    REQUIRE_FALSE(listener);
    says(listener.error());
    const auto socket = world.net.open_udp(at, datagrams);
    REQUIRE_FALSE(socket);
    says(socket.error());
  }
  int answers = 0;
  world.resolver.resolve("localhost", [&](const auto& found) {
    ++answers;
    REQUIRE_FALSE(found);
    says(found.error());
  });
  world.http.get({.url = "http://127.0.0.1:1/"}, [&](const auto& reply) {
    ++answers;
    REQUIRE_FALSE(reply);
    says(reply.error());
  });
  world.gateway.upnp_map({}, [&](const auto& mapped) {
    ++answers;
    CHECK_FALSE(mapped);
  });
  wait_until(real.loop, [&] { return answers == 3; });
}

TEST_CASE("while a bind address alone is gone nothing is asked either") {
  const TempFolder folder;
  RealWorld real(folder / "state.db", 2);
  const io::World world = real.interfaces();
  world.uplink.bind({.v4 = IpAddress::parse("192.0.2.77"), .v6 = std::nullopt});
  int answers = 0;
  const auto cut_off = [&](const auto& result) {
    ++answers;
    REQUIRE_FALSE(result);
    CHECK(result.error().code == FaultCode::cut_off);
    CHECK(result.error().text.find("192.0.2.77") != std::string::npos);
  };
  world.resolver.resolve("localhost", cut_off);
  world.http.get({.url = "http://127.0.0.1:1/", .private_addresses_allowed = true}, cut_off);
  world.gateway.upnp_map({}, cut_off);
  world.gateway.upnp_unmap({}, cut_off);
  wait_until(real.loop, [&] { return answers == 4; });
}

TEST_CASE("what is open ends when the interface that everything goes over is another") {
  Loop loop;
  Uplink uplink(loop);
  Net net(loop, &uplink);
  uplink.bind(wish_of("lo"));
  const auto life = uplink.facts().life;
  Gate gate;
  auto listener = net.listen({IpAddress::any_v4(), 0}, gate);
  REQUIRE(listener);
  Peer near, far;
  auto dialled = net.dial(loopback((*listener)->local().port), {}, near);
  REQUIRE(dialled);
  near.stream = *std::move(dialled);
  wait_until(loop, [&] { return near.connected && gate.accepted.size() == 1; });
  far.stream = std::move(gate.accepted.front());
  far.stream->set_owner(&far);
  Datagrams datagrams;
  const auto socket = net.open_udp({IpAddress::any_v4(), 0}, datagrams);
  REQUIRE(socket);

  uplink.bind(wish_of("no-such-if0"));
  CHECK(uplink.facts().life > life);
  CHECK_FALSE((*socket)->send(as_bytes("x"), loopback(9)));
  wait_until(loop, [&] { return near.ended && far.ended; });
  CHECK(near.ended->code == FaultCode::cut_off);
  CHECK(far.ended->code == FaultCode::cut_off);

  // And back.
  uplink.bind(wish_of(""));
  CHECK(uplink.facts().there());
  CHECK(net.listen(loopback(), gate));
}

TEST_CASE("a bind address that this host does not have is as good as no network") {
  Loop loop;
  Uplink uplink(loop);
  uplink.bind({.v4 = IpAddress::parse("192.0.2.77"), .v6 = std::nullopt});
  CHECK(uplink.facts().trouble == "this host has not the address 192.0.2.77");
  uplink.bind({.v4 = IpAddress::v4(0x7f000001), .v6 = std::nullopt});
  CHECK(uplink.facts().there());
  CHECK_FALSE(uplink.facts().v6);
  // All of 127.0.0.0/8 is this host.
  uplink.bind({.v4 = IpAddress::parse("127.0.0.2"), .v6 = std::nullopt});
  CHECK(uplink.facts().there());
  uplink.bind({.interface = "lo", .v4 = IpAddress::parse("127.0.0.3"), .v6 = std::nullopt});
  CHECK(uplink.facts().v4 == IpAddress::parse("127.0.0.3"));
}

TEST_CASE("an interface is followed: down, without an address, gone, made anew") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop, GENERATE(Uplink::Devices::held, Uplink::Devices::refused));
  Net net(loop, &uplink);
  Told told;
  uplink.set_owner(&told);
  uplink.bind(wish_of("tun0"));
  CHECK(uplink.facts().trouble == "the interface tun0 is not there");
  CHECK(told.times == 0);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  wait_until(loop, [&] { return uplink.facts().there(); });
  CHECK(uplink.facts().v4 == IpAddress::parse("10.9.0.1"));
  CHECK(told.times > 0);

  const auto goes = [&](const std::string& how, const std::string& trouble,
                        const std::string& back) {
    Datagrams datagrams;
    Peer peer;
    const auto socket = net.open_udp({IpAddress::any_v4(), 0}, datagrams);
    REQUIRE(socket);
    CHECK((*socket)->send(as_bytes("x"), *Endpoint::parse("10.9.0.2:9")));
    auto dialled = net.dial(*Endpoint::parse("10.9.0.2:9"), {}, peer);
    REQUIRE(dialled);
    peer.stream = *std::move(dialled);
    const auto life = uplink.facts().life;
    REQUIRE(OwnNamespace::ip(how));
    wait_until(loop, [&] { return !uplink.facts().there(); });
    CHECK(uplink.facts().trouble == trouble);
    CHECK(uplink.facts().life == life + 1);
    CHECK_FALSE((*socket)->send(as_bytes("x"), *Endpoint::parse("10.9.0.2:9")));
    wait_until(loop, [&] { return peer.ended.has_value(); });
    CHECK(peer.ended->code == FaultCode::cut_off);
    CHECK_FALSE(net.open_udp({IpAddress::any_v4(), 0}, datagrams));
    REQUIRE(OwnNamespace::ip(back));
    wait_until(loop, [&] { return uplink.facts().there(); });
    CHECK(uplink.facts().life == life + 2);
  };
  goes("link set tun0 down", "the interface tun0 is down", "link set tun0 up");
  goes("addr del 10.9.0.1/24 dev tun0", "the interface tun0 has no address",
       "addr add 10.9.0.1/24 dev tun0");
  REQUIRE(OwnNamespace::ip("link del tun0"));
  wait_until(loop, [&] { return !uplink.facts().there(); });
  OwnNamespace::make_link("tun0", "10.9.0.3/24");
  wait_until(loop, [&] { return uplink.facts().there(); });
  CHECK(uplink.facts().v4 == IpAddress::parse("10.9.0.3"));
}

TEST_CASE("one that is made anew between two looks is another") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop);
  Net net(loop, &uplink);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  uplink.bind(wish_of("tun0"));
  Datagrams datagrams;
  const auto socket = net.open_udp({IpAddress::any_v4(), 0}, datagrams);
  REQUIRE(socket);
  const auto life = uplink.facts().life;
  REQUIRE(OwnNamespace::ip("link del tun0"));
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  wait_until(loop, [&] { return uplink.facts().life > life; });
  CHECK(uplink.facts().there());
  CHECK_FALSE((*socket)->send(as_bytes("x"), *Endpoint::parse("10.9.0.2:9")));
  CHECK(net.open_udp({IpAddress::any_v4(), 0}, datagrams));
}

TEST_CASE("where the system holds no sockets, a way that leads elsewhere is not gone") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop, Uplink::Devices::refused);
  Net net(loop, &uplink);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  OwnNamespace::make_link("lan0", "10.8.0.1/24");
  REQUIRE(OwnNamespace::ip("route add default via 10.8.0.254"));
  uplink.bind(wish_of("tun0"));
  Peer peer;
  CHECK(net.dial(*Endpoint::parse("10.9.0.7:9"), {}, peer));
  CHECK_FALSE(net.dial(*Endpoint::parse("203.0.113.7:9"), {}, peer));
}

TEST_CASE("where the system holds no sockets the routes are followed") {
  const OwnNamespace own;
  if (!own.there()) return;
  const OtherSide other;
  const Endpoint far_end{*IpAddress::parse(OtherSide::world), 7001};
  Loop loop;
  Uplink uplink(loop, Uplink::Devices::refused);
  Net net(loop, &uplink);
  Net outside(loop);
  Told told;
  uplink.set_owner(&told);
  OwnNamespace::make_link("lan1", "10.7.0.1/24");
  uplink.bind(wish_of("lan0"));
  Gate gate, there;
  std::unique_ptr<io::Listener> far_listener;
  other.in([&] { far_listener = outside.listen(far_end, there).value(); });
  // What takes another way, and what leads back.
  const auto turns = [&](const std::string& away, const std::string& back, bool for_all) {
    const auto listener = net.listen({IpAddress::any_v4(), 0}, gate);
    REQUIRE(listener);
    Peer near, beside;
    near.stream = net.dial(far_end, {}, near).value();
    beside.stream = net.dial(*Endpoint::parse("10.8.0.2:7002"), {}, beside).value();
    wait_until(loop, [&] { return near.connected && beside.ended; });
    beside.ended.reset();
    const auto life = uplink.facts().life;
    const int times = told.times;
    REQUIRE(OwnNamespace::ip(away));
    wait_until(loop, [&] { return near.ended.has_value(); });
    CHECK(near.ended->code == FaultCode::cut_off);
    Peer again;
    CHECK_FALSE(net.dial(far_end, {}, again));
    CHECK(net.dial(*Endpoint::parse("10.8.0.2:7002"), {}, again));
    CHECK(net.listen({IpAddress::any_v4(), 0}, gate).has_value() == !for_all);
    // Who listened is told to begin anew, and again when he may.
    CHECK(uplink.facts().life == life + (for_all ? 1 : 0));
    CHECK(told.times == times + (for_all ? 1 : 0));
    REQUIRE(OwnNamespace::ip(back));
    wait_until(loop, [&] { return uplink.facts().life == life + (for_all ? 2 : 0); });
    CHECK(net.dial(far_end, {}, again));
  };
  turns("route replace default via 10.7.0.254", "route replace default via 10.8.0.2", true);
  turns("route add 203.0.113.0/24 via 10.7.0.254", "route del 203.0.113.0/24", false);
  REQUIRE(OwnNamespace::ip("route add default via 10.7.0.254 table 77"));
  turns("rule add to 203.0.113.0/24 table 77", "rule del to 203.0.113.0/24 table 77", false);
}

TEST_CASE("where the system holds no sockets, who would be answered by another way is not let in") {
  const OwnNamespace own;
  if (!own.there()) return;
  const OtherSide other;
  Loop loop;
  Uplink uplink(loop, Uplink::Devices::refused);
  Net net(loop, &uplink);
  Net outside(loop);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  uplink.bind(wish_of("tun0"));
  Gate gate;
  const auto refused = net.listen({IpAddress::any_v4(), 0}, gate);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::unreachable);
  CHECK(refused.error().text == "the interface tun0 is not the default route");
  REQUIRE(OwnNamespace::ip("route replace default via 10.9.0.254"));
  const auto listener = net.listen({IpAddress::any_v4(), 0}, gate);
  REQUIRE(listener);
  Peer far;
  other.in([&] {
    REQUIRE(OwnNamespace::ip("route add 10.9.0.0/24 via 10.8.0.1"));
    far.stream = outside.dial((*listener)->local(), {}, far).value();
  });
  wait_until(loop, [&] { return far.ended.has_value(); });
  CHECK(far.ended->code == FaultCode::closed);
  CHECK(gate.accepted.empty());
}

TEST_CASE("where the system holds no sockets, IPv6 is not used") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  if (!OwnNamespace::ip("addr add 2001:db8::7/64 dev tun0 nodad")) return;  // no IPv6 here
  Uplink held(loop);
  held.bind(wish_of("tun0"));
  CHECK(held.facts().v6 == IpAddress::parse("2001:db8::7"));
  Uplink refused(loop, Uplink::Devices::refused);
  Net net(loop, &refused);
  refused.bind(wish_of("tun0"));
  CHECK(refused.facts().v4 == IpAddress::parse("10.9.0.1"));
  CHECK_FALSE(refused.facts().v6);
  Peer peer;
  const auto dialled = net.dial(*Endpoint::parse("[2001:db8::8]:9"), {}, peer);
  REQUIRE_FALSE(dialled);
  CHECK(dialled.error().code == FaultCode::unreachable);
  CHECK(dialled.error().text == "IPv6 is not held to the interface tun0 here");
  REQUIRE(OwnNamespace::ip("addr del 10.9.0.1/24 dev tun0"));
  wait_until(loop, [&] { return !refused.facts().there(); });
  CHECK(refused.facts().trouble ==
        "IPv6 is not held to the interface tun0 here, which has no other address");
  CHECK(refused.facts().life > 1);
}

TEST_CASE("a socket that does not take its interface is not used") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop, Uplink::Devices::refused);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  uplink.bind(wish_of("tun0"));
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(hold_to_device(socket.get(), "lo"));
  const auto held = uplink.hold(socket.get(), IpAddress::any_v4());
  REQUIRE_FALSE(held);
  CHECK(held.error().code == FaultCode::cut_off);
}

TEST_CASE("of a connection that is cut nothing more goes out") {
  const OwnNamespace own;
  if (!own.there()) return;
  const OtherSide other;
  const Endpoint far_end{*IpAddress::parse(OtherSide::world), 7001};
  const std::string interface = GENERATE("tun0", "no-such-if0");
  Loop loop;
  Uplink uplink(loop, GENERATE(Uplink::Devices::held, Uplink::Devices::refused));
  Net net(loop, &uplink);
  Net outside(loop);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  Gate gate, ours;
  Datagrams datagrams;
  std::unique_ptr<io::Listener> far_listener;
  std::unique_ptr<io::UdpSocket> far_socket;
  Peer near, far, caller;
  other.in([&] {
    far_listener = outside.listen(far_end, gate).value();
    far_socket = outside.open_udp(far_end, datagrams).value();
  });
  near.stream = net.dial(far_end, {}, near).value();
  wait_until(loop, [&] { return near.connected && gate.accepted.size() == 1; });
  far.stream = std::move(gate.accepted.front());
  far.stream->set_owner(&far);

  uplink.bind(wish_of(interface));
  wait_until(loop, [&] { return near.ended.has_value(); });
  CHECK(near.ended->code == FaultCode::cut_off);
  near.stream.reset();
  // What is sent the same way after that is there after that.
  Datagrams none;
  const auto after = outside.open_udp({IpAddress::any_v4(), 0}, none);
  REQUIRE((*after)->send(as_bytes("x"), far_end));
  wait_until(loop, [&] { return datagrams.received == 1; });
  loop.run_until([] { return false; }, 20ms);
  CHECK_FALSE(far.ended);
}

TEST_CASE("what the kernel could not be asked is asked again, and until then what is held stays") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop);
  Net net(loop, &uplink);
  Told told;
  uplink.set_owner(&told);
  REQUIRE(OwnNamespace::ip("addr add 10.9.0.1/32 dev lo"));
  uplink.bind(quiet_wish);
  Datagrams datagrams;
  const auto socket = net.open_udp({IpAddress::any_v4(), 0}, datagrams);
  REQUIRE(socket);
  const auto before = uplink.facts();
  REQUIRE(before.there());
  REQUIRE(OwnNamespace::ip("addr del 10.9.0.1/32 dev lo"));
  {
    const NoDescriptors none;
    loop.run_until([] { return false; }, 50ms);
  }
  CHECK(uplink.facts() == before);
  CHECK(told.times == 0);
  CHECK((*socket)->send(as_bytes("x"), *Endpoint::parse("10.9.0.1:9")));
  // The news has been taken: this comes of asking again.
  wait_until(loop, [&] { return !uplink.facts().there(); });
  CHECK(uplink.facts().trouble == "the interface lo has not the address 10.9.0.1");
}

TEST_CASE("where the system holds no sockets, all is cut while the kernel cannot be asked") {
  const OwnNamespace own;
  if (!own.there()) return;
  Loop loop;
  Uplink uplink(loop, Uplink::Devices::refused);
  REQUIRE(OwnNamespace::ip("addr add 10.9.0.1/32 dev lo"));
  uplink.bind(quiet_wish);
  const auto life = uplink.facts().life;
  REQUIRE(OwnNamespace::ip("link set lo mtu 1400"));
  {
    const NoDescriptors none;
    loop.run_until([&] { return !uplink.facts().there(); }, bound);
  }
  CHECK(uplink.facts().trouble.find("Too many open files") != std::string::npos);
  wait_until(loop, [&] { return uplink.facts().there(); });
  CHECK(uplink.facts().life == life + 2);
}

TEST_CASE("what could not be asked or watched at first is when it can be") {
  const auto wish = GENERATE(wish_of("lo"), io::UplinkWish{.v4 = IpAddress::v4(0x7f000001)});
  Loop loop;
  Uplink uplink(loop);
  const auto bind = [&] {
    const NoDescriptors none;
    uplink.bind(wish);
  };
  bind();
  CHECK(uplink.facts().trouble.find("Too many open files") != std::string::npos);
  CHECK_FALSE(uplink.facts().v4);
  wait_until(loop, [&] { return uplink.facts().there(); });
  CHECK(uplink.facts().v4 == IpAddress::v4(0x7f000001));
}
