#include "core/uv/gateway.h"

#include <algorithm>
#include <optional>

#include "tests/adapters/core/uv/fake_igd.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

io::UpnpMapping wanted(std::uint16_t port) {
  io::UpnpMapping out;
  out.via = {loopback().address, loopback().address};
  out.internal_port = port;
  out.external_port = port;
  return out;
}

}  // namespace

TEST_CASE("the gateway answers later, also at once known") {
  Loop loop;
  Gateway gateway(loop);
  std::optional<Result<io::GatewayFacts>> answer;
  gateway.default_gateway({"no-such-one"}, [&](auto result) { answer = std::move(result); });
  CHECK_FALSE(answer);
  REQUIRE(loop.run_until([&] { return answer.has_value(); }, bound));
  CHECK(answer->error().code == FaultCode::not_found);
}

TEST_CASE("the loop turns while the router is asked, and calls take turns") {
  FakeIgd igd;
  Loop loop;
  Gateway gateway(loop);
  std::vector<std::uint16_t> ports;
  for (std::uint16_t port = 7001; port <= 7003; ++port)
    gateway.upnp_map(wanted(port), [&](Result<io::UpnpMapping> made) {
      REQUIRE(made);
      ports.push_back(made->external_port);
      if (made->external_port == 7001) gateway.upnp_unmap(*made, [&](auto) { ports.push_back(0); });
    });
  bool turned = false;
  gateway.default_gateway({"no-such-one"}, [&](auto) { turned = ports.empty(); });
  REQUIRE(loop.run_until([&] { return ports.size() == 4; }, bound));
  CHECK(turned);
  CHECK(ports == std::vector<std::uint16_t>{7001, 7002, 7003, 0});
  CHECK(igd.rows().size() == 2);
  CHECK(igd.fetches() == 1);
}

TEST_CASE("so many calls may wait and no more") {
  FakeIgd igd({.silent = true});
  Loop loop;
  Gateway gateway(loop);
  std::size_t busy = 0;
  for (std::size_t i = 0; i < upnp_calls_max + 3; ++i)
    gateway.upnp_map(wanted(7001), [&](Result<io::UpnpMapping> made) {
      busy += made.error().code == FaultCode::busy ? 1 : 0;
    });
  REQUIRE(loop.run_until([&] { return busy == 3; }, bound));
}

TEST_CASE("calls that wait when an interface is named ask no router") {
  FakeIgd igd({.silent = true});
  Loop loop;
  Uplink uplink(loop);
  Gateway gateway(loop, &uplink);
  std::vector<FaultCode> told;
  const auto tell = [&](const auto& made) {
    told.push_back(made ? FaultCode::exists : made.error().code);
  };
  gateway.upnp_map(wanted(7001), tell);
  gateway.upnp_map(wanted(7002), tell);
  gateway.upnp_unmap(wanted(7003), tell);
  while (igd.searches() == 0) loop.run_until([] { return false; }, 1ms);
  uplink.bind({.interface = "lo"});
  REQUIRE(loop.run_until([&] { return told.size() == 3; }, bound));
  CHECK(std::ranges::count(told, FaultCode::unsupported) == 2);
}

TEST_CASE("a call that no thread has begun with when an interface is named asks no router") {
  FakeIgd igd;
  Loop loop;
  Uplink uplink(loop);
  Gateway gateway(loop, &uplink);
  std::optional<FaultCode> told;
  const HeldPool held(loop);
  gateway.upnp_map(wanted(7001),
                   [&](const auto& made) { told = made ? FaultCode::exists : made.error().code; });
  loop.run_until([] { return false; }, 1ms);
  uplink.bind({.interface = "lo"});
  REQUIRE(loop.run_until([&] { return told.has_value(); }, bound));
  CHECK(told == FaultCode::unsupported);
  CHECK(igd.searches() == 0);
}

TEST_CASE("a gateway may go while a router is asked, and in its own answer") {
  FakeIgd igd;
  Loop loop;
  bool answered = false;
  {
    Gateway gateway(loop);
    gateway.upnp_map(wanted(7001), [&](auto) { answered = true; });
    gateway.upnp_map(wanted(7002), [&](auto) { answered = true; });
    loop.run_until([] { return false; }, 1ms);
  }
  CHECK_FALSE(loop.run_until([&] { return answered; }, 5ms));
  auto gateway = std::make_unique<Gateway>(loop);
  gateway->upnp_map(wanted(7003), [&](auto) {
    gateway.reset();
    answered = true;
  });
  REQUIRE(loop.run_until([&] { return answered; }, bound));
}

TEST_CASE("the end does not wait for a router longer than it is told") {
  FakeIgd igd({.silent = true});
  Loop loop;
  Gateway gateway(loop);
  gateway.upnp_map(wanted(7001), [](auto) {});
  loop.run_until([] { return false; }, 20ms);
  CHECK_FALSE(gateway.end(1ms));
  bool answered = false;
  gateway.upnp_map(wanted(7001), [&](auto) { answered = true; });
  gateway.default_gateway({}, [&](auto) { answered = true; });
  CHECK_FALSE(loop.run_until([&] { return answered; }, 5ms));
}
