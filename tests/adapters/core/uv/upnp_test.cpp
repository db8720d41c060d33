#include "core/uv/upnp.h"

#include "tests/adapters/core/uv/fake_igd.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

const IpAddress loopback_address = IpAddress::v4(0x7f000001);

io::UpnpMapping wanted() {
  io::UpnpMapping out;
  out.via = {loopback_address, loopback_address};
  out.internal_port = 6881;
  out.external_port = 6881;
  return out;
}

using Rows = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a router found by UPnP forwards ports and takes them back") {
  FakeIgd igd;
  Upnp upnp;
  const auto tcp = upnp.map(wanted());
  REQUIRE(tcp);
  CHECK(tcp->external_port == 6881);
  CHECK(tcp->external_address.to_string() == "203.0.113.5");
  CHECK(tcp->lifetime == 1h);
  auto asked = wanted();
  asked.udp = true;
  asked.external_port = 7000;
  const auto udp = upnp.map(asked);
  REQUIRE(udp);
  CHECK(igd.rows() ==
        Rows{{"TCP 6881", "127.0.0.1:6881 for 3600"}, {"UDP 7000", "127.0.0.1:6881 for 3600"}});
  // It is searched for once.
  CHECK(igd.fetches() == 1);
  CHECK(upnp.unmap(*tcp));
  CHECK(upnp.unmap(*udp));
  CHECK(igd.rows().empty());
  // What the router does not have is taken back.
  CHECK(upnp.unmap(*udp));
}

TEST_CASE("a router that gives ports only for good is asked so") {
  FakeIgd igd({.only_permanent = true});
  Upnp upnp;
  const auto made = upnp.map(wanted());
  REQUIRE(made);
  CHECK(made->lifetime == Duration(0));
  CHECK(igd.rows() == Rows{{"TCP 6881", "127.0.0.1:6881 for 0"}});
}

TEST_CASE("a router that forwards a port only to the same one gives that") {
  FakeIgd igd({.only_permanent = true, .same_ports = true});
  Upnp upnp;
  auto asked = wanted();
  asked.external_port = 7000;
  const auto made = upnp.map(asked);
  REQUIRE(made);
  CHECK(made->external_port == 6881);
}

TEST_CASE("a router of version 2 chooses the port, and it is told") {
  FakeIgd igd({.version = 2});
  Upnp upnp;
  const auto made = upnp.map(wanted());
  REQUIRE(made);
  CHECK(made->external_port == 50000);
  CHECK(igd.rows() == Rows{{"TCP 50000", "127.0.0.1:6881 for 3600"}});
}

TEST_CASE("a router that refuses says why") {
  FakeIgd igd({.error = 718});
  Upnp upnp;
  CHECK(upnp.map(wanted()).error().code == FaultCode::exists);
  igd.set({.error = 606});
  const auto refused = upnp.map(wanted());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::refused);
  CHECK(refused.error().text.find("606") != std::string::npos);
}

TEST_CASE("a router that moved to another port is searched for again") {
  FakeIgd igd;
  Upnp upnp;
  REQUIRE(upnp.map(wanted()));
  igd.move();
  CHECK(upnp.map(wanted()));
  CHECK(igd.fetches() == 2);
}

TEST_CASE("a router that is not connected is used when there is no other") {
  FakeIgd igd({.connected = false});
  Upnp upnp;
  CHECK(upnp.map(wanted()));
}

TEST_CASE("no router is no mapping") {
  FakeIgd igd({.silent = true});
  Upnp upnp;
  const auto made = upnp.map(wanted());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == FaultCode::not_found);
  CHECK(igd.searches() > 0);
  CHECK(upnp.unmap(wanted()).error().code == FaultCode::not_found);
}

TEST_CASE("nothing is fetched from who is not the router that is asked for") {
  FakeIgd igd;
  Upnp upnp;
  auto asked = wanted();
  asked.via.router = *IpAddress::parse("127.0.0.2");
  CHECK(upnp.map(asked).error().code == FaultCode::not_found);
  // On no account one on this host, unless it is asked for.
  asked.via.router = {};
  CHECK(upnp.map(asked).error().code == FaultCode::not_found);
  igd.set({.announced_host = "localhost"});
  CHECK(upnp.map(wanted()).error().code == FaultCode::not_found);
  CHECK(igd.searches() > 0);
  CHECK(igd.fetches() == 0);
}

TEST_CASE("a router to which the system would go from elsewhere is not asked") {
  FakeIgd igd({.announced_host = "127.0.0.2"});
  Upnp upnp;
  auto asked = wanted();
  asked.via.router = *IpAddress::parse("127.0.0.2");
  const auto made = upnp.map(asked);
  // The kernel goes to 127.0.0.2 from 127.0.0.2's own network, by 127.0.0.1.
  if (!made) CHECK(made.error().code != FaultCode::refused);
  asked.via.source = *IpAddress::parse("127.0.0.3");
  const int before = igd.fetches();
  CHECK(upnp.map(asked).error().code == FaultCode::unreachable);
  CHECK(igd.fetches() == before);
}

TEST_CASE("a router that would have its calls sent elsewhere is not used") {
  FakeIgd igd({.control_host = "127.0.0.2"});
  Upnp upnp;
  CHECK(upnp.map(wanted()).error().code == FaultCode::not_found);
  CHECK(igd.fetches() == 1);
  CHECK(igd.actions().empty());
}
