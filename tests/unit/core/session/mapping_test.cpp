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
  void default_gateway(const io::GatewayQuery&, Answer<io::GatewayFacts> answer) override {
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
                                                  io::UdpSocketOwner&) override {
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
  std::vector<Sent> sent;
};

struct Setup final : MappingOwner {
  Setup() {
    settings.port_forwarding_enabled = true;
    settings.bind_address_ipv4 = "0.0.0.0";
  }
  void on_external_port() override { ++told; }
  Instant now() const { return ground.clock.now(); }
  void begin() {
    mapping.configure(settings, 6881, now());
    REQUIRE(router.finding);
    std::exchange(router.finding, {})(
        io::GatewayFacts{*IpAddress::parse("192.168.1.1"), *IpAddress::parse("192.168.1.9"), ""});
  }
  /// Until it asks by UPnP, for the router is silent.
  void wait_for_upnp(std::size_t calls) {
    for (int i = 0; i < 500 && router.asked.size() < calls; ++i) {
      REQUIRE(mapping.deadline() != never);
      if (mapping.deadline() > now()) ground.clock.advance(mapping.deadline() - now());
      mapping.on_deadline(now());
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
  setup.begin();
  REQUIRE_FALSE(setup.net.sent.empty());
  CHECK(setup.net.sent[0].to.address == *IpAddress::parse("10.2.0.1"));
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
  CHECK(setup.mapping.error().empty());
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
