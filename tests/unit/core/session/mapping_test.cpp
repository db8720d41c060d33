#include "core/session/mapping.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

/// A router that says what the test says, when it says so.
class RouterDouble final : public io::Gateway {
 public:
  void default_gateway(const io::GatewayQuery& asked_for,
                       Answer<io::GatewayFacts> answer) override {
    query = asked_for;
    finding = std::move(answer);
  }
  void upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) override {
    asked.push_back(wanted);
    mapping.push_back(std::move(answer));
  }
  void upnp_unmap(const io::UpnpMapping& given, Answer<void> answer) override {
    taken_back.push_back(given);
    unmapping.push_back(std::move(answer));
  }
  io::GatewayQuery query;
  Answer<io::GatewayFacts> finding;
  std::vector<io::UpnpMapping> asked;
  std::vector<Answer<io::UpnpMapping>> mapping;
  std::vector<io::UpnpMapping> taken_back;
  std::vector<Answer<void>> unmapping;
};

struct Sent {
  Endpoint to;
  Buffer datagram;
};

class SocketNet final : public io::Net {
 public:
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint&, const io::DialOptions&,
                                           io::StreamOwner&) override {
    return fail(FaultCode::unsupported, "no stream");
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint&, io::ListenerOwner&) override {
    return fail(FaultCode::unsupported, "no listener");
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& by) override {
    owner = &by;
    opened.push_back(at);
    class Socket final : public io::UdpSocket {
     public:
      Socket(std::vector<Sent>& sent, const Endpoint& at) : sent_(sent), at_(at) {}
      Result<void> send(Bytes datagram, const Endpoint& to) override {
        sent_.push_back({to, to_buffer(datagram)});
        return {};
      }
      Endpoint local() const override { return at_; }

     private:
      std::vector<Sent>& sent_;
      Endpoint at_;
    };
    return std::make_unique<Socket>(sent, at);
  }
  /// The gateway says it, in hexadecimal.
  void hear(std::string_view packet) {
    REQUIRE(owner != nullptr);
    Buffer octets = *from_hex(packet);
    owner->on_datagram(octets, {*IpAddress::parse("192.168.1.1"), 5351});
  }
  /// What was sent last, in hexadecimal.
  std::string last() const { return sent.empty() ? "" : to_hex(sent.back().datagram); }
  std::vector<Sent> sent;
  std::vector<Endpoint> opened;
  io::UdpSocketOwner* owner = nullptr;
};

/// A gateway that speaks NAT-PMP alone, at 203.0.113.5; 1ae1 is 6881.
constexpr auto other_version = "0081000100000001";
constexpr auto address_is = "0080000000000001cb007105";
constexpr auto tcp_given = "00820000000000011ae1c738000004b0";  ///< from 51000
constexpr auto udp_given = "00810000000000011ae1c738000004b0";
constexpr auto tcp_again = "00820000000000011ae1cb20000004b0";  ///< from 52000
constexpr auto tcp_refused = "0082000200000001";
constexpr auto udp_refused = "0081000200000001";

struct Setup final : MappingOwner {
  Setup() {
    settings.port_forwarding_enabled = true;
    settings.bind_address_ipv4 = "0.0.0.0";
  }
  void on_external_port() override { ++told; }
  void keep_mapping(Buffer secret) override { kept = std::move(secret); }
  Instant now() const { return ground.clock.now(); }
  void begin() {
    mapping.configure(settings, 6881, now());
    find();
  }
  void find() {
    REQUIRE(router.finding);
    std::exchange(router.finding, {})(
        io::GatewayFacts{*IpAddress::parse("192.168.1.1"), *IpAddress::parse("192.168.1.9"), ""});
  }
  /// By NAT-PMP, TCP and UDP from 51000.
  void be_forwarded() {
    begin();
    answer_nat_pmp();
  }
  void answer_nat_pmp() {
    net.hear(other_version);
    net.hear(address_is);
    net.hear(tcp_given);
    net.hear(udp_given);
  }
  void on_next_deadline() {
    REQUIRE(mapping.deadline() != never);
    if (mapping.deadline() > now()) ground.clock.advance(mapping.deadline() - now());
    mapping.on_deadline(now());
  }
  /// Until it asks by UPnP, for the router is silent.
  void wait_for_upnp(std::size_t calls) {
    for (int i = 0; i < 500 && router.asked.size() < calls; ++i) {
      on_next_deadline();
      if (router.finding)
        std::exchange(router.finding, {})(io::GatewayFacts{*IpAddress::parse("192.168.1.1"),
                                                           *IpAddress::parse("192.168.1.9"), ""});
    }
    REQUIRE(router.asked.size() >= calls);
  }
  void give(std::size_t call, std::uint16_t port) {
    auto given = router.asked[call];
    given.external_port = port;
    given.external_address = *IpAddress::parse("203.0.113.5");
    given.lifetime = 1h;
    router.mapping[call](given);
  }

  torrent::test::Ground ground;
  RouterDouble router;
  SocketNet net;
  config::Settings settings;
  int told = 0;
  Buffer kept;
  Mapping mapping{{ground.clock, ground.alarm, ground.entropy, net, ground.resolver, ground.http,
                   router, ground.workers, ground.files, ground.store, ground.uplink},
                  Rng(1),
                  *this,
                  {}};
};

TEST_CASE("the router of the default route is asked for both protocols") {
  Setup setup;
  setup.begin();
  REQUIRE_FALSE(setup.net.sent.empty());
  CHECK(setup.net.sent[0].to == Endpoint{*IpAddress::parse("192.168.1.1"), 5351});
  CHECK_FALSE(setup.mapping.external());
}

TEST_CASE("the gateway that the setting names is asked instead") {
  Setup setup;
  setup.settings.port_mapping_gateway = "10.2.0.1";
  setup.mapping.configure(setup.settings, 6881, setup.now());
  // No default route need name it, and ours is the address that it is reached from.
  CHECK(setup.router.query.router == IpAddress::parse("10.2.0.1"));
  setup.router.finding(
      io::GatewayFacts{*IpAddress::parse("10.2.0.1"), *IpAddress::parse("10.2.0.2"), ""});
  REQUIRE_FALSE(setup.net.sent.empty());
  CHECK(setup.net.sent[0].to.address == *IpAddress::parse("10.2.0.1"));
  CHECK(setup.net.opened.back().address == *IpAddress::parse("10.2.0.2"));
}

TEST_CASE("ports are forwarded to the address that is bound") {
  Setup setup;
  setup.settings.bind_address_ipv4 = "192.168.1.44";
  setup.begin();
  CHECK(setup.net.opened.back().address == *IpAddress::parse("192.168.1.44"));
  setup.wait_for_upnp(1);
  CHECK(setup.router.asked[0].via.source == *IpAddress::parse("192.168.1.44"));
}

TEST_CASE("one that answers neither PCP nor NAT-PMP is asked by UPnP, and what it gives is told") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(1);
  CHECK(setup.router.asked[0].internal_port == 6881);
  CHECK(setup.router.asked[0].via.router == *IpAddress::parse("192.168.1.1"));
  setup.give(0, 40000);
  const auto& first = setup.router.asked[0];
  if (!first.udp) {
    CHECK(setup.mapping.external() == Endpoint{*IpAddress::parse("203.0.113.5"), 40000});
    CHECK(setup.told == 1);
  }
  setup.wait_for_upnp(2);
  setup.give(1, 40000);
  CHECK(setup.mapping.external() == Endpoint{*IpAddress::parse("203.0.113.5"), 40000});
}

TEST_CASE("a router that is silent is asked by UPnP soon, and by its own way still") {
  Setup setup;
  setup.begin();
  const Instant begun = setup.now();
  setup.wait_for_upnp(2);
  CHECK(setup.now() - begun == Mapping::upnp_after);
  CHECK(setup.mapping.status() == "router 192.168.1.1: TCP asked for; UDP asked for");
  setup.give(0, 6881);
  setup.give(1, 6881);
  CHECK(setup.mapping.status() ==
        "router 192.168.1.1: TCP 203.0.113.5:6881 by UPnP; UDP 203.0.113.5:6881 by UPnP");
  CHECK(setup.mapping.deadline() < setup.now() + 30min);
}

TEST_CASE("what the router forwards by its own way is not asked for by UPnP as well") {
  Setup setup;
  setup.be_forwarded();
  setup.ground.clock.advance(Mapping::upnp_after);
  setup.mapping.on_deadline(setup.now());
  CHECK(setup.router.asked.empty());
  CHECK(setup.mapping.external() == Endpoint{*IpAddress::parse("203.0.113.5"), 51000});
  CHECK(setup.mapping.status() ==
        "router 192.168.1.1: TCP 203.0.113.5:51000 by NAT-PMP; UDP 203.0.113.5:51000 by NAT-PMP");
}

TEST_CASE("another external port at a renewal is told") {
  Setup setup;
  setup.be_forwarded();
  CHECK(setup.told == 1);
  while (setup.net.sent.size() < 6) setup.on_next_deadline();
  setup.net.hear(address_is);
  setup.net.hear(udp_given);
  setup.net.hear(tcp_again);
  CHECK(setup.told == 2);
  CHECK(setup.mapping.external()->port == 52000);
}

TEST_CASE("the router's own way goes before what UPnP has given") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(2);
  setup.give(0, 51000);
  setup.give(1, 6881);
  setup.answer_nat_pmp();
  CHECK(setup.mapping.external()->port == 51000);
  // That of TCP is the same to the router; who has that of UDP taken back has one left.
  REQUIRE(setup.router.taken_back.size() == 1);
  CHECK(setup.router.taken_back[0].udp);
}

TEST_CASE("a refusal is asked about by UPnP, and told in words with that one's") {
  Setup setup;
  setup.begin();
  setup.net.hear(other_version);
  setup.net.hear(address_is);
  setup.net.hear(tcp_refused);
  setup.net.hear(udp_refused);
  REQUIRE(setup.router.asked.size() == 2);
  for (auto& answer : setup.router.mapping) answer(fail(FaultCode::not_found, "no router answers"));
  CHECK(setup.mapping.status() ==
        "router 192.168.1.1: TCP the gateway does not allow it; UPnP: no router answers; UDP the "
        "gateway does not allow it; UPnP: no router answers");
  CHECK_FALSE(setup.mapping.external());
}

TEST_CASE("where the port is somebody else's another one is asked for by UPnP, a few times") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(2);
  for (int i = 0; i < Mapping::upnp_others_max; ++i) {
    const std::size_t before = setup.router.asked.size();
    const std::size_t asked = i == 0 ? 0 : before - 1;
    setup.router.mapping[asked](fail(FaultCode::exists, "taken"));
    REQUIRE(setup.router.asked.size() == before + 1);
    CHECK(setup.router.asked.back().external_port >= 49152);
  }
  setup.router.mapping.back()(fail(FaultCode::exists, "taken"));
  CHECK(setup.router.asked.size() == 2 + Mapping::upnp_others_max);
}

TEST_CASE("a port that changes is forwarded by the same router") {
  Setup setup;
  setup.be_forwarded();
  const std::size_t before = setup.net.sent.size();
  setup.mapping.configure(setup.settings, 6999, setup.now());
  CHECK_FALSE(setup.mapping.external());
  REQUIRE(setup.net.sent.size() == before + 1);
  CHECK(setup.net.last() == "000200001ae1000000000000");  // 6881 is taken back
  setup.find();
  setup.net.hear("00820000000000011ae1000000000000");
  CHECK(setup.net.last() == "000100001ae1000000000000");
  setup.net.hear("00810000000000011ae1000000000000");
  CHECK(setup.net.last() == "000200001b571b57000004b0");  // 6999 is asked for
  setup.net.hear("00820000000000011b571b57000004b0");
  CHECK(setup.mapping.external()->port == 6999);
}

TEST_CASE("who named the gateway of a VPN is told to listen where it gives a port") {
  Setup setup;
  setup.settings.port_mapping_gateway = "192.168.1.1";
  setup.be_forwarded();
  CHECK(setup.mapping.port_to_listen_at() == 51000);
  const std::size_t before = setup.net.sent.size();
  setup.mapping.configure(setup.settings, 51000, setup.now());
  setup.find();
  setup.net.hear(other_version);
  setup.net.hear(address_is);
  // What it gave is not taken back, for that could be to lose it: 51000 is asked for from itself.
  for (std::size_t i = before; i < setup.net.sent.size(); ++i)
    CHECK(to_hex(setup.net.sent[i].datagram).find("1ae1") == std::string::npos);
  CHECK(setup.net.last() == "00020000c738c738000004b0");
  SECTION("and stays there when it is the same") {
    setup.net.hear("0082000000000001c738c738000004b0");
    CHECK(setup.mapping.external()->port == 51000);
    CHECK_FALSE(setup.mapping.port_to_listen_at());
  }
  SECTION("and does not run after one that gives another whatever is asked for") {
    setup.net.hear("0082000000000001c738cb20000004b0");
    CHECK(setup.mapping.external()->port == 52000);
    CHECK_FALSE(setup.mapping.port_to_listen_at());
  }
}

TEST_CASE(
    "after our network was away the port from before is told, until the router says what it is") {
  Setup setup;
  setup.be_forwarded();
  setup.mapping.forget();
  CHECK_FALSE(setup.mapping.external());
  CHECK(setup.mapping.external_port() == 51000);
  setup.ground.clock.advance(1h);
  setup.mapping.configure(setup.settings, 0, setup.now());
  CHECK(setup.mapping.external_port() == 51000);
  setup.begin();
  CHECK(setup.mapping.external_port() == 51000);
  SECTION("it gives another one") {
    setup.net.hear(other_version);
    setup.net.hear(address_is);
    setup.net.hear(tcp_again);
    CHECK(setup.mapping.external_port() == 52000);
  }
  SECTION("it is silent") {
    const int told = setup.told;
    setup.ground.clock.advance(Mapping::upnp_after);
    setup.mapping.on_deadline(setup.now());
    CHECK_FALSE(setup.mapping.external_port());
    CHECK(setup.told == told + 1);
  }
  SECTION("it is not to be asked any more") {
    setup.settings.port_forwarding_enabled = false;
    setup.mapping.configure(setup.settings, 6881, setup.now());
    CHECK_FALSE(setup.mapping.external_port());
  }
}

TEST_CASE("a router of the default route may give any port: it translates") {
  Setup setup;
  setup.be_forwarded();
  CHECK(setup.mapping.external()->port == 51000);
  CHECK_FALSE(setup.mapping.port_to_listen_at());
}

TEST_CASE("it may be switched off and on again") {
  Setup setup;
  setup.be_forwarded();
  setup.settings.port_forwarding_enabled = false;
  setup.mapping.configure(setup.settings, 6881, setup.now());
  CHECK_FALSE(setup.mapping.external());
  CHECK(setup.mapping.status().empty());
  setup.net.hear("00820000000000011ae1000000000000");
  setup.net.hear("00810000000000011ae1000000000000");
  setup.settings.port_forwarding_enabled = true;
  setup.mapping.configure(setup.settings, 6881, setup.now());
  setup.find();
  setup.net.hear(tcp_given);
  CHECK(setup.mapping.external()->port == 51000);
}

TEST_CASE("the end waits for what is being asked by UPnP, to take it back") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(2);
  setup.mapping.close(setup.now());
  CHECK_FALSE(setup.mapping.closed(setup.now()));
  setup.give(0, 6881);
  setup.router.mapping[1](fail(FaultCode::not_found, "no router"));
  REQUIRE(setup.router.taken_back.size() == 1);
  CHECK_FALSE(setup.mapping.closed(setup.now()));
  setup.router.unmapping[0]({});
  CHECK(setup.mapping.closed(setup.now()));
}

TEST_CASE("another router has nothing of ours until it says so") {
  Setup setup;
  setup.be_forwarded();
  while (!setup.router.finding) setup.on_next_deadline();
  std::exchange(setup.router.finding, {})(
      io::GatewayFacts{*IpAddress::parse("10.0.0.1"), *IpAddress::parse("10.0.0.9"), ""});
  CHECK_FALSE(setup.mapping.external());
  CHECK(setup.net.sent.back().to.address == *IpAddress::parse("10.0.0.1"));
  CHECK(setup.mapping.status() == "router 10.0.0.1: TCP asked for; UDP asked for");
}

TEST_CASE("after a restart it is to routers who it was before") {
  Setup fresh;
  fresh.begin();
  CHECK(fresh.kept.size() == 16);
  const Buffer secret = *from_hex("000102030405060708090a0b0c0d0e0f");
  Setup before;
  Setup after;
  for (Setup* one : {&before, &after}) {
    one->mapping.load(secret);
    one->begin();
    CHECK(one->kept.empty());
  }
  CHECK(after.net.last() == before.net.last());
  CHECK(after.net.last() != fresh.net.last());
}

TEST_CASE("where there is no router the reason is told") {
  Setup setup;
  setup.mapping.configure(setup.settings, 6881, setup.now());
  CHECK(setup.mapping.status() == "looking for the router");
  setup.router.finding(fail(FaultCode::not_found, "there is no default route"));
  CHECK(setup.mapping.status() == "there is no default route");
  CHECK(setup.mapping.deadline() == setup.now() + Mapping::again_after);
}

TEST_CASE("what was given is taken back at the end, and waited for a moment") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(2);
  setup.give(0, 6881);
  setup.give(1, 6881);
  setup.mapping.close(setup.now());
  CHECK(setup.router.taken_back.size() == 2);
  CHECK_FALSE(setup.mapping.external());
  CHECK_FALSE(setup.mapping.closed(setup.now()));
  for (auto& answer : setup.router.unmapping) answer({});
  setup.ground.clock.advance(Mapping::take_back_max);
  CHECK(setup.mapping.closed(setup.now()));
}

TEST_CASE("what comes after it was switched off is given back") {
  Setup setup;
  setup.begin();
  setup.wait_for_upnp(1);
  setup.settings.port_forwarding_enabled = false;
  setup.mapping.configure(setup.settings, 6881, setup.now());
  setup.give(0, 6881);
  CHECK(setup.router.taken_back.size() == 1);
  CHECK_FALSE(setup.mapping.external());
}

TEST_CASE("without a port, without IPv4 or when it is off nobody is asked") {
  Setup setup;
  setup.mapping.configure(setup.settings, 0, setup.now());
  setup.settings.bind_address_ipv4 = "";
  setup.mapping.configure(setup.settings, 6881, setup.now());
  setup.settings.bind_address_ipv4 = "0.0.0.0";
  setup.settings.port_forwarding_enabled = false;
  setup.mapping.configure(setup.settings, 6881, setup.now());
  CHECK_FALSE(setup.router.finding);
  CHECK(setup.mapping.deadline() == never);
}

TEST_CASE("a network that was away is asked for its router again, and the ports are mapped anew") {
  Setup setup;
  setup.begin();
  const std::size_t before = setup.net.sent.size();
  REQUIRE(before > 0);
  setup.mapping.forget();
  CHECK(setup.mapping.deadline() == never);
  setup.mapping.configure(setup.settings, 0, setup.now());
  CHECK(setup.net.sent.size() == before);
  setup.begin();
  CHECK(setup.net.sent.size() > before);
}

TEST_CASE("of an interface without a default route the router is the one that is named") {
  Setup setup;
  setup.settings.port_mapping_gateway = "10.2.0.1";
  setup.ground.uplink.bind({.interface = "wg0", .v4 = IpAddress::parse("10.2.0.2")});
  setup.mapping.configure(setup.settings, 6881, setup.now());
  REQUIRE(setup.router.finding);
  std::exchange(setup.router.finding, {})(fail(FaultCode::not_found, "no default route"));
  REQUIRE_FALSE(setup.net.sent.empty());
  CHECK(setup.net.sent[0].to.address == IpAddress::parse("10.2.0.1"));
}

}  // namespace
}  // namespace seed::session
