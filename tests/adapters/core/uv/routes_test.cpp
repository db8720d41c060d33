#include "core/uv/routes.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::uv;

namespace {

constexpr std::string_view head =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
constexpr std::string_view lan = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0 \n";
constexpr std::string_view eth0 = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0 \n";
constexpr std::string_view wlan0 =
    "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0 \n";
constexpr std::string_view tun0 =
    "tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0 \n"
    "tun0\t00000080\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0 \n";
constexpr std::string_view wg0 = "wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0 \n";

std::string table(std::initializer_list<std::string_view> lines) {
  std::string out(head);
  for (const auto line : lines) out += line;
  return out;
}

Route route(std::string interface, std::string_view router) {
  return {std::move(interface), *IpAddress::parse(router)};
}

}  // namespace

TEST_CASE("the default route of IPv4 is found") {
  CHECK(default_route_v4(table({lan, eth0}), "") == route("eth0", "192.168.1.1"));
  CHECK_FALSE(default_route_v4(table({lan}), ""));
  CHECK_FALSE(default_route_v4("", ""));
}

TEST_CASE("of several default routes the lowest metric wins, of an interface its own") {
  CHECK(default_route_v4(table({wlan0, lan, eth0}), "") == route("eth0", "192.168.1.1"));
  CHECK(default_route_v4(table({wlan0, lan, eth0}), "wlan0") == route("wlan0", "192.168.2.1"));
  CHECK_FALSE(default_route_v4(table({wlan0, lan, eth0}), "wlan"));
}

TEST_CASE("half of the world is the default route of a VPN, and the longer one") {
  CHECK(default_route_v4(table({eth0, tun0}), "") == route("tun0", "10.8.0.1"));
  CHECK(default_route_v4(table({tun0, eth0}), "eth0") == route("eth0", "192.168.1.1"));
}

TEST_CASE("a default route may have no router") {
  CHECK(default_route_v4(table({eth0, wg0}), "") == route("wg0", "0.0.0.0"));
}

TEST_CASE("a route that is down or rejects is none, nor is a line that is not understood") {
  CHECK_FALSE(default_route_v4(
      table({"eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"}), ""));
  CHECK_FALSE(default_route_v4(
      table({"eth0\t00000000\t0101A8C0\t0203\t0\t0\t0\t00000000\t0\t0\t0\n"}), ""));
  CHECK_FALSE(default_route_v4(table({"eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\n", "\n", "eth0",
                                      "eth0 x y z 0 0 0 0 0 0 0\n"}),
                               ""));
}

TEST_CASE("the default route of IPv6 is found") {
  const std::string text =
      "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
      "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
      "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
      "fe800000000000000000000000000002 00000200 00000001 00000000 00000003    wlan0\n"
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
      "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";
  CHECK(default_route_v6(text, "") == route("wlan0", "fe80::2"));
  CHECK(default_route_v6(text, "eth0") == route("eth0", "fe80::1"));
  CHECK_FALSE(default_route_v6(text, "lo"));
  CHECK_FALSE(default_route_v6("", ""));
  CHECK_FALSE(default_route_v6("00 00 00 00 00 00 00 00 00 eth0\n", ""));
}

TEST_CASE("all of the world that is given out is the default route of IPv6 too") {
  const std::string rest =
      " 00000000000000000000000000000000 00 20010db8000000000000000000000001 00000001 00000001 "
      "00000000 00000003     tun0\n";
  CHECK(default_route_v6("20000000000000000000000000000000 03" + rest, "") ==
        route("tun0", "2001:db8::1"));
  CHECK(default_route_v6("00000000000000000000000000000000 01" + rest, "") ==
        route("tun0", "2001:db8::1"));
  CHECK_FALSE(default_route_v6("20010000000000000000000000000000 20" + rest, ""));
  CHECK_FALSE(default_route_v6("80000000000000000000000000000000 01" + rest, ""));
}

TEST_CASE("our address towards this host is this host's") {
  CHECK(source_towards(*IpAddress::parse("127.0.0.1"), "") == *IpAddress::parse("127.0.0.1"));
  CHECK_FALSE(source_towards(*IpAddress::parse("127.0.0.1"), "no-such-interface"));
}

TEST_CASE("a gateway over an interface that there is not is not found") {
  for (const bool v6 : {false, true})
    CHECK(find_gateway({"no-such-one", v6}).error().code == FaultCode::not_found);
}

TEST_CASE("of a router that is named only the way to it is asked, whatever the default route is") {
  io::GatewayQuery query;
  query.router = IpAddress::parse("127.0.0.9");
  const auto found = find_gateway(query);
  REQUIRE(found);
  CHECK(found->router == IpAddress::parse("127.0.0.9"));
  CHECK(found->source == IpAddress::parse("127.0.0.1"));
}
