#include "core/session/listening.h"

#include <set>

#include "tests/support/catch.h"

namespace seed::session {
namespace {

/// Ports of this host; some are others'.
class NetDouble final : public io::Net {
 public:
  struct Open {
    NetDouble& net;
    Endpoint at;
    Open(NetDouble& in, const Endpoint& where) : net(in), at(where) { net.open.insert(at); }
    ~Open() { net.open.erase(net.open.find(at)); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
  };
  struct Listener final : io::Listener, Open {
    using Open::Open;
    Endpoint local() const override { return at; }
  };
  struct Socket final : io::UdpSocket, Open {
    using Open::Open;
    Result<void> send(Bytes, const Endpoint&) override { return {}; }
    Endpoint local() const override { return at; }
  };

  Result<std::unique_ptr<io::Stream>> dial(const Endpoint&, const io::DialOptions&,
                                           io::StreamOwner&) override {
    return fail(FaultCode::unsupported, "no streams");
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at, io::ListenerOwner&) override {
    if (taken.contains(at.port)) return fail(FaultCode::exists, "the port is taken");
    return std::make_unique<Listener>(*this, at);
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner&) override {
    ++sockets_made;
    return std::make_unique<Socket>(*this, at);
  }

  std::set<std::uint16_t> taken;
  std::multiset<Endpoint> open;
  int sockets_made = 0;
};

struct Setup final : io::ListenerOwner, io::UdpSocketOwner {
  void on_accept(std::unique_ptr<io::Stream>) override {}
  void on_accept_fault(const Fault&) override {}
  void on_datagram(MutableBytes, const Endpoint&) override {}

  void open() { listening.open(settings, true, now); }
  std::uint16_t udp_port() { return listening.udp_v4()->local().port; }

  NetDouble net;
  config::Settings settings;
  Instant now{1h};
  Listening listening{net, *this, *this, Rng(1), {}};
};

TEST_CASE("the peer port is opened for TCP and UDP, IPv4 and IPv6") {
  Setup setup;
  setup.settings.peer_port = 7000;
  setup.open();
  CHECK(setup.listening.port() == 7000);
  CHECK(setup.listening.error().empty());
  CHECK(setup.net.open.size() == 4);
  CHECK(setup.udp_port() == 7000);
  CHECK(setup.listening.deadline() == never);
}

TEST_CASE("while the peer port is taken UDP trackers are reached from another") {
  Setup setup;
  setup.settings.peer_port = 7000;
  setup.net.taken = {7000};
  setup.open();
  CHECK(setup.listening.port() == 0);
  CHECK_FALSE(setup.listening.error().empty());
  REQUIRE(setup.listening.udp_v4() != nullptr);
  REQUIRE(setup.listening.udp_v6() != nullptr);
  CHECK(setup.udp_port() == 0);
  CHECK(setup.net.open.size() == 2);

  // Tried again, and what was asked meanwhile is answered to where it was asked from.
  const io::UdpSocket* spare = setup.listening.udp_v4();
  setup.now = setup.listening.deadline();
  setup.listening.on_deadline(setup.now);
  CHECK(setup.listening.udp_v4() == spare);

  setup.net.taken.clear();
  setup.now = setup.listening.deadline();
  setup.listening.on_deadline(setup.now);
  CHECK(setup.listening.port() == 7000);
  CHECK(setup.udp_port() == 7000);
  CHECK(setup.net.open.size() == 4);
}

TEST_CASE("the spare sockets follow the bind addresses, and close with the rest") {
  Setup setup;
  setup.settings.peer_port = 7000;
  setup.net.taken = {7000};
  setup.open();
  setup.settings.bind_address_ipv6 = "";
  setup.settings.bind_address_ipv4 = "127.0.0.2";
  setup.open();
  CHECK(setup.listening.udp_v6() == nullptr);
  REQUIRE(setup.listening.udp_v4() != nullptr);
  CHECK(setup.listening.udp_v4()->local().address == IpAddress::parse("127.0.0.2"));
  setup.listening.close();
  CHECK(setup.listening.udp_v4() == nullptr);
  CHECK(setup.net.open.empty());
}

TEST_CASE("it moves to the port that a gateway gave, if that is free, until the settings change") {
  Setup setup;
  setup.settings.peer_port = 7000;
  setup.settings.port_mapping_gateway = "10.2.0.1";
  setup.open();
  const auto before = setup.listening.generation();
  const auto move_to = [&](std::uint16_t port) {
    setup.listening.move_to(port, setup.now);
    REQUIRE(setup.listening.deadline() <= setup.now);
    setup.listening.on_deadline(setup.now);
  };
  move_to(51000);
  CHECK(setup.listening.port() == 51000);
  CHECK(setup.udp_port() == 51000);
  CHECK(setup.net.open.size() == 4);
  CHECK(setup.listening.generation() != before);
  setup.open();
  CHECK(setup.listening.port() == 51000);
  setup.net.taken = {52000};
  move_to(52000);
  CHECK(setup.listening.port() == 7000);
  CHECK(setup.listening.error().empty());
  move_to(53000);
  CHECK(setup.listening.port() == 53000);
  SECTION("another port") {
    setup.settings.peer_port = 7001;
    setup.open();
    CHECK(setup.listening.port() == 7001);
  }
  SECTION("no gateway") {
    setup.settings.port_mapping_gateway.clear();
    setup.open();
    CHECK(setup.listening.port() == 7000);
  }
}

TEST_CASE("a user who set no port gets the first free one of nine") {
  Setup setup;
  setup.net.taken = {6881, 6882};
  setup.listening.open(setup.settings, false, setup.now);
  CHECK(setup.listening.port() == 6883);
}

TEST_CASE("when nobody is to come in there are sockets for datagrams, and no port") {
  Setup setup;
  setup.settings.peer_port = 7000;
  setup.listening.set_outward_only(true);
  setup.open();
  CHECK(setup.listening.port() == 0);
  CHECK(setup.listening.error().empty());
  CHECK(setup.listening.deadline() == never);
  CHECK(setup.net.open.size() == 2);
  CHECK(setup.udp_port() == 0);
  const int made = setup.net.sockets_made;
  setup.open();
  CHECK(setup.net.sockets_made == made);
  setup.listening.set_outward_only(false);
  setup.open();
  CHECK(setup.udp_port() == 7000);
  CHECK(setup.net.open.size() == 4);
  setup.listening.set_outward_only(true);
  setup.open();
  CHECK(setup.listening.port() == 0);
  CHECK(setup.net.open.size() == 2);
}

TEST_CASE(
    "while the network is gone nothing is open, and the same port is opened when it is back") {
  Setup setup;
  setup.settings.peer_port_random_on_start = true;
  setup.open();
  const std::uint16_t port = setup.listening.port();
  REQUIRE(port != 0);
  io::UplinkFacts gone{
      .interface = "tun0", .v4 = {}, .v6 = {}, .trouble = "tun0 is down", .life = 1};
  setup.listening.set_network(gone);
  setup.open();
  CHECK(setup.net.open.empty());
  CHECK(setup.listening.port() == 0);
  CHECK(setup.listening.error() == "tun0 is down");
  CHECK(setup.listening.deadline() == never);
  setup.listening.set_network({.interface = "tun0", .life = 2});
  setup.open();
  CHECK(setup.listening.port() == port);
  CHECK(setup.listening.error().empty());
  CHECK(setup.net.open.size() == 4);
}

TEST_CASE("another network has its sockets made anew, and an address that came late has its own") {
  Setup setup;
  setup.settings.peer_port = 7000;
  io::UplinkFacts network{.interface = "tun0", .v4 = IpAddress::parse("10.0.0.2"), .v6 = {}};
  setup.listening.set_network(network);
  setup.open();
  CHECK(setup.net.open.size() == 2);
  CHECK(setup.listening.udp_v6() == nullptr);
  const int made = setup.net.sockets_made;
  network.v6 = IpAddress::parse("2001:db8::2");
  setup.listening.set_network(network);
  setup.open();
  CHECK(setup.net.open.size() == 4);
  CHECK(setup.net.sockets_made == made + 1);
  ++network.life;
  setup.listening.set_network(network);
  setup.open();
  CHECK(setup.net.sockets_made == made + 3);
  CHECK(setup.net.open.size() == 4);
}

TEST_CASE("when nobody is to come in, datagrams end and begin with the network") {
  Setup setup;
  setup.listening.set_outward_only(true);
  setup.open();
  CHECK(setup.net.open.size() == 2);
  const auto generation = setup.listening.generation();
  setup.listening.set_network(
      {.interface = "tun0", .v4 = {}, .v6 = {}, .trouble = "gone", .life = 1});
  setup.open();
  CHECK(setup.net.open.empty());
  CHECK(setup.listening.udp_v4() == nullptr);
  setup.listening.set_network({.interface = "tun0", .life = 2});
  setup.open();
  CHECK(setup.net.open.size() == 2);
  CHECK(setup.listening.port() == 0);
  CHECK(setup.listening.generation() != generation);
}

}  // namespace
}  // namespace seed::session
