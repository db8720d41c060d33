#include "core/uv/interfaces.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/adapters/core/uv/own_namespace.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

std::vector<IpAddress> addresses_of(const std::string& name) {
  const auto found = find_interface(name);
  REQUIRE(found);
  std::vector<IpAddress> out;
  if (!*found) return out;
  const auto all = list_addresses();
  REQUIRE(all);
  for (const auto& one : *all)
    if (one.index == (*found)->index && one.usable) out.push_back(one.address);
  return out;
}

bool readable(const Descriptor& socket) {
  pollfd poll{.fd = socket.get(), .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, 0) == 1;
}

}  // namespace

TEST_CASE("the loopback interface is there, up and connected, and has its address") {
  const auto found = find_interface("lo");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->index > 0);
  CHECK((*found)->up);
  CHECK((*found)->connected);
  CHECK(std::ranges::count(addresses_of("lo"), IpAddress::v4(0x7f000001)) == 1);
}

TEST_CASE("an interface that is not there, and what can be no name") {
  for (const std::string name : {"no-such-if0", "", "a name that is much too long", "a/b"}) {
    const auto found = find_interface(name);
    REQUIRE(found);
    CHECK_FALSE(*found);
  }
}

TEST_CASE("what becomes of an interface is seen and heard") {
  const OwnNamespace own;
  if (!own.there()) return;
  const auto watch = watch_interfaces();
  REQUIRE(watch);
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  CHECK(readable(*watch));
  take_news(*watch);
  CHECK_FALSE(readable(*watch));
  CHECK(addresses_of("tun0") == std::vector{*IpAddress::parse("10.9.0.1")});
  const int index = (*find_interface("tun0"))->index;

  REQUIRE(OwnNamespace::ip("link set tun0 down"));
  CHECK(readable(*watch));
  CHECK_FALSE((*find_interface("tun0"))->up);
  take_news(*watch);
  REQUIRE(OwnNamespace::ip("addr del 10.9.0.1/24 dev tun0"));
  CHECK(readable(*watch));
  CHECK(addresses_of("tun0").empty());
  take_news(*watch);

  REQUIRE(OwnNamespace::ip("link del tun0"));
  CHECK(readable(*watch));
  CHECK_FALSE(*find_interface("tun0"));
  OwnNamespace::make_link("tun0", "");
  CHECK((*find_interface("tun0"))->index != index);
}

TEST_CASE("routes, and the rules by which they are chosen, are heard of by who wants to") {
  const OwnNamespace own;
  if (!own.there()) return;
  OwnNamespace::make_link("tun0", "10.9.0.1/24");
  const auto addresses = watch_interfaces();
  const auto routes = watch_interfaces(Watched::routes);
  REQUIRE(addresses);
  REQUIRE(routes);
  for (const std::string change : {"route add default via 10.9.0.2", "route del default",
                                   "rule add to 10.7.0.0/16 table 77"}) {
    REQUIRE(OwnNamespace::ip(change));
    CHECK(readable(*routes));
    take_news(*routes);
    CHECK_FALSE(readable(*addresses));
  }
  REQUIRE(OwnNamespace::ip("link set tun0 down"));
  CHECK(readable(*routes));
}

TEST_CASE("what cannot be asked for is not taken for what is not there") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto found = find_interface("lo");
  const auto listed = list_addresses();
  const auto watch = watch_interfaces();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == FaultCode::out_of_resources);
  CHECK_FALSE(listed);
  CHECK_FALSE(watch);
}

TEST_CASE("of a line between two points the address is ours, and there may be many") {
  const OwnNamespace own;
  if (!own.there()) return;
  OwnNamespace::make_link("tun0", "");
  REQUIRE(OwnNamespace::ip("addr add 10.9.0.1 peer 10.9.0.2 dev tun0"));
  CHECK(addresses_of("tun0") == std::vector{*IpAddress::parse("10.9.0.1")});
  // More than one message of the kernel's.
  for (int i = 0; i < 2000; i += 250) {
    std::string batch;
    for (int k = i; k < i + 250; ++k)
      batch += fmt::format("addr add 10.10.{}.{}/32 dev tun0\\n", k / 250, k % 250);
    REQUIRE(std::system(("printf '" + batch + "' | ip -batch -").c_str()) == 0);
  }
  CHECK(addresses_of("tun0").size() == 2001);
}
