// Flapping interface: a session that is bound to one interface, which goes and comes back a hundred
// times while it downloads, announces and looks things up.
#include <algorithm>
#include <string>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// All that was told and linked again within this of the network's return.
constexpr Duration back_within = 2s;

class Flapping {
 public:
  explicit Flapping(std::uint64_t seed, Line line = {.up_per_second = 40'000})
      : world_(seed),
        web_(world_.add_tracker("web", Temper::good)),
        udp_(world_.add_tracker("udp", Temper::good)),
        content_({.name = "name",
                  .total_size = 6u << 20,
                  .trackers = {{web_.http_url()}, {udp_.udp_url()}}},
                 world_.dice().fork()) {
    SimMachine::Plan plan;
    plan.line = line;
    plan.settings.announce_to_all_tiers = true;
    plan.settings.dht_enabled = true;
    plan.settings.dht_bootstrap_nodes = {"node.test:6881"};
    plan.settings.peer_port = 6881;
    seed_ = &world_.add_machine(plan);
    world_.web().names["node.test"] = {seed_->host().address()};
    content_.put(seed_->files(), SimMachine::downloads);
    seed_->boot([this] { seed_->add(content_); });
    plan.line = {};
    plan.settings.bind_interface = "tun0";
    bound_ = &world_.add_machine(plan);
    bound_->boot([this] { bound_->add(content_); });
  }

  SimWorld& world() { return world_; }
  SimMachine& bound() { return *bound_; }
  std::uint64_t announces() const { return web_.counts().announces + udp_.counts().announces; }
  std::uint64_t web_announces() const { return web_.counts().announces; }
  std::uint64_t udp_announces() const { return udp_.counts().announces; }
  bool linked() {
    const auto facts = bound_->look({.swarm = true});
    return facts && facts->peers_connected > 0;
  }
  std::string text() {
    const auto facts = bound_->look({.texts = true});
    return facts ? facts->error_string : "?";
  }
  bool complete() {
    const auto facts = bound_->look();
    return facts && facts->left_until_done == 0;
  }
  void wait(Duration time) {
    world_.run(time, [] { return false; });
  }
  /// The bound session's network was away for so long, and all of it is as before.
  void flap(Duration gone) {
    bound_->take_network();
    const std::uint64_t before = announces();
    wait(gone);
    // What was under way on the other side of the network had arrived.
    CHECK(bound_->net().outage().tried == 0);
    CHECK(text() == Outage::fault().text);
    CHECK_FALSE(linked());
    const std::uint64_t web = web_announces(), udp = udp_announces();
    CHECK(web + udp <= before + 2);
    bound_->give_network();
    CHECK(world_.run(back_within, [&] { return web_announces() > web && udp_announces() > udp; }));
    CHECK(text().empty());
  }

 private:
  SimWorld world_;
  SimTracker& web_;
  SimTracker& udp_;
  KnownContent content_;
  SimMachine* seed_ = nullptr;
  SimMachine* bound_ = nullptr;
};

std::uint64_t play_flaps(std::uint64_t seed, int flaps) {
  Flapping swarm(seed);
  Rng& dice = swarm.world().dice();
  REQUIRE(swarm.world().run(60s, [&] { return swarm.linked(); }));
  for (int i = 0; i < flaps; ++i) {
    swarm.flap(dice.between(1ms, 1 + dice.below(4) == 1 ? 20s : 1s));
    swarm.wait(dice.between(0s, 3s));
  }
  CHECK(swarm.bound().net().outage().tried == 0);
  const bool complete = swarm.world().run(20min, [&] { return swarm.complete(); });
  CHECK(complete);
  return swarm.world().digest().value();
}

}  // namespace

TEST_CASE(
    "an interface that flaps a hundred times lets nothing out, and all is told again each time") {
  play_flaps(1, 100);
}

TEST_CASE("flaps run the same way twice") { CHECK(play_flaps(2, 10) == play_flaps(2, 10)); }

TEST_CASE("peers are linked again soon after the interface is back") {
  Flapping swarm(3);
  REQUIRE(swarm.world().run(60s, [&] { return swarm.linked(); }));
  for (int i = 0; i < 5; ++i) {
    swarm.flap(3s);
    CHECK(swarm.world().run(15s, [&] { return swarm.linked(); }));
  }
}

TEST_CASE("a session that begins without its interface waits for it") {
  Flapping swarm(4);
  REQUIRE(swarm.world().run(60s, [&] { return swarm.linked(); }));
  swarm.bound().crash(Crash::process);
  swarm.wait(1s);
  swarm.bound().boot_without_network();
  swarm.wait(60s);
  CHECK(swarm.bound().net().outage().tried == 0);
  CHECK(swarm.text() == Outage::fault().text);
  const std::uint64_t before = swarm.announces();
  swarm.bound().give_network();
  CHECK(swarm.world().run(back_within, [&] { return swarm.announces() > before; }));
  CHECK(swarm.world().run(20min, [&] { return swarm.complete(); }));
}
