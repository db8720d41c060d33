// Whatever a gateway did before, once it is sound the client has what it wants, and tells the
// truth.
#include "core/portmap/client.h"
#include "tests/support/catch.h"
#include "tests/unit/core/portmap/scripted_gateway.h"

using namespace seed;
using namespace seed::portmap;
using seed::portmap::test::ScriptedGateway;

namespace {

const Endpoint gateway_at{*IpAddress::parse("192.168.1.1"), gateway_port};

Client::Options options() {
  Client::Options out;
  out.gateway = gateway_at;
  out.local = *IpAddress::parse("192.168.1.2");
  return out;
}

LocalPort drawn_port(Rng& rng) {
  return {rng.below(2) == 0 ? Protocol::tcp : Protocol::udp,
          static_cast<std::uint16_t>(7000 + rng.below(3))};
}

/// What was told last of each port, and what is wanted.
struct Run {
  explicit Run(std::uint64_t seed) : rng(seed), client(options(), rng.fork()) {}

  Rng rng;
  Client client;
  ScriptedGateway gateway;
  Instant now{1h};
  bool noisy = true;  ///< some answers come with a bit turned
  std::map<LocalPort, std::optional<Endpoint>> told;
  std::map<LocalPort, bool> wanted;

  void drain() {
    while (auto event = client.next_event()) {
      if (const auto* send = std::get_if<Client::Send>(&*event)) {
        auto answer = gateway.on_request(send->datagram, now);
        if (!answer) continue;
        if (noisy && rng.below(20) == 0) (*answer)[rng.below(answer->size())] ^= 1;
        now += Duration(rng.below(20'000'000));
        client.on_datagram(*answer, gateway_at, now);
        if (rng.below(10) == 0) client.on_datagram(*answer, gateway_at, now);
      } else if (const auto* mapped = std::get_if<Client::Mapped>(&*event)) {
        told[mapped->port] = mapped->external;
      } else if (const auto* lost = std::get_if<Client::Lost>(&*event)) {
        CHECK(told[lost->port]);
        told[lost->port].reset();
      } else if (const auto* failed = std::get_if<Client::Failed>(&*event)) {
        CHECK_FALSE(told[failed->port]);
      }
    }
  }
  void pass(Duration span) {
    const Instant end = now + span;
    int turns = 0;
    while (client.deadline() && *client.deadline() <= end) {
      REQUIRE(++turns < 100'000);
      now = std::max(now, *client.deadline());
      client.on_deadline(now);
      drain();
    }
    now = std::max(now, end);
  }
  void something() {
    const LocalPort port = drawn_port(rng);
    switch (rng.below(10)) {
      case 0:
      case 1:
        wanted[port] = client.map(port, port.number, now);
        break;
      case 2:
        client.unmap(port, now);
        wanted.erase(port);
        told.erase(port);
        break;
      case 3:
        gateway.restart(now);
        break;
      case 4:
        gateway.outcome = rng.below(3) == 0 ? static_cast<std::uint8_t>(rng.below(14)) : 0;
        break;
      case 5:
        gateway.answers = rng.below(3) != 0;
        break;
      case 6:
        gateway.speaks_pcp = rng.below(2) == 0;
        break;
      case 7:
        gateway.lose = static_cast<int>(rng.below(4));
        break;
      case 8:
        gateway.lifetime_max = static_cast<std::uint32_t>(1 + rng.below(3600));
        break;
      default:
        gateway.external = IpAddress::v4(static_cast<std::uint32_t>(rng.next()));
    }
    drain();
  }
};

}  // namespace

TEST_CASE("once the gateway is sound all that is wanted is mapped, and told as it is") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    Run run(seed);
    for (int i = 0; i < 60; ++i) {
      run.something();
      run.pass(Duration(std::chrono::seconds(run.rng.below(400))));
    }
    run.gateway.outcome = 0;
    run.gateway.answers = true;
    run.gateway.lose = 0;
    run.noisy = false;
    run.gateway.lifetime_max = 1200;
    run.pass(70min);
    for (const auto& [port, is_wanted] : run.wanted) {
      REQUIRE(is_wanted);
      REQUIRE(run.told[port]);
      REQUIRE(run.gateway.rows.contains(port));
      CHECK(run.told[port]->port == run.gateway.rows.at(port).external_port);
      CHECK(run.told[port]->address == run.gateway.external);
    }
    run.client.unmap_all(run.now);
    run.drain();
    run.pass(5s);
    CHECK(run.client.done());
    for (const auto& [port, is_wanted] : run.wanted) CHECK_FALSE(run.gateway.rows.contains(port));
  }
}
