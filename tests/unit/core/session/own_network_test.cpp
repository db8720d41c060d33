#include "core/session/own_network.h"

#include "tests/support/catch.h"
#include "tests/support/fake_uplink.h"

namespace seed::session {
namespace {

using News = OwnNetwork::News;

struct Setup {
  test::FakeUplink uplink;
  config::Settings settings;
  OwnNetwork network{uplink, {}};

  void bind(const std::string& interface) {
    settings.bind_interface = interface;
    network.bind(settings);
  }
};

TEST_CASE("the settings are what the uplink is bound to") {
  Setup setup;
  setup.settings.bind_address_ipv4 = "10.0.0.2";
  setup.settings.bind_address_ipv6 = "";
  setup.settings.bind_name_servers = {"10.0.0.1", "2001:db8::1"};
  setup.bind("tun0");
  const io::UplinkWish& wish = setup.uplink.wish();
  CHECK(wish.interface == "tun0");
  CHECK(wish.v4 == IpAddress::parse("10.0.0.2"));
  CHECK_FALSE(wish.v6);
  CHECK(wish.name_servers ==
        std::vector{*IpAddress::parse("10.0.0.1"), *IpAddress::parse("2001:db8::1")});
}

TEST_CASE("a network that is there from the start is no news") {
  Setup setup;
  setup.bind("tun0");
  CHECK(setup.network.look() == News::none);
  CHECK(setup.network.there());
  CHECK(setup.network.look() == News::none);
}

TEST_CASE("one that goes is lost, and renewed when it is back") {
  Setup setup;
  setup.bind("tun0");
  setup.network.look();
  setup.uplink.take("tun0 is down");
  CHECK(setup.network.look() == News::lost);
  CHECK_FALSE(setup.network.there());
  CHECK(setup.network.trouble() == "tun0 is down");
  setup.uplink.take("tun0 is not there");
  CHECK(setup.network.look() == News::none);
  CHECK(setup.network.trouble() == "tun0 is not there");
  setup.uplink.give();
  CHECK(setup.network.look() == News::renewed);
  CHECK(setup.network.there());
}

TEST_CASE("one that is not there at the start is lost, and all begins with it") {
  Setup setup;
  setup.uplink.take("tun0 is not there");
  setup.bind("tun0");
  CHECK(setup.network.look() == News::lost);
  setup.uplink.give();
  CHECK(setup.network.look() == News::renewed);
}

TEST_CASE("a change that was over before it was looked at is a renewal") {
  Setup setup;
  setup.bind("tun0");
  setup.network.look();
  setup.uplink.take("tun0 is down");
  setup.uplink.give();
  CHECK(setup.network.look() == News::renewed);
  setup.bind("tun1");
  CHECK(setup.network.look() == News::renewed);
}

TEST_CASE("an address of IPv6 that comes late makes the network wider") {
  Setup setup;
  setup.uplink.set_v6(false);
  setup.bind("tun0");
  setup.network.look();
  setup.uplink.set_v6(true);
  CHECK(setup.network.look() == News::wider);
  CHECK(setup.network.look() == News::none);
}

}  // namespace
}  // namespace seed::session
