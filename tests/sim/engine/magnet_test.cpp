// Magnets without a tracker: peers come from the DHT, the metadata from the peers.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

std::string magnet_of(const KnownContent& content) {
  return "magnet:?xt=urn:btih:" + content.metainfo().hashes.v1->hex();
}

class MagnetSwarm {
 public:
  MagnetSwarm(int leeches, std::uint64_t seed, config::Encryption encryption)
      : world_(seed),
        content_({.name = "name", .total_size = 3u << 20, .trackers = {}}, world_.dice().fork()) {
    for (int i = 0; i <= leeches; ++i) {
      SimMachine::Plan plan;
      plan.settings.dht_enabled = true;
      plan.settings.encryption = encryption;
      plan.settings.peer_port = 6881;
      plan.settings.dht_bootstrap_nodes.clear();
      if (i > 0) plan.settings.dht_bootstrap_nodes.push_back(router_);
      auto& machine = world_.add_machine(std::move(plan));
      if (i == 0) {
        router_ = machine.host().config().address.to_string() + ":6881";
        content_.put(machine.files(), SimMachine::downloads);
        machine.boot([this, &machine] { machine.add(content_); });
        continue;
      }
      machine.boot([this, &machine] { add_magnet(machine); });
    }
  }
  bool finishes_within(Duration bound) {
    return world_.run(bound, [this] { return complete() == world_.machines().size(); });
  }
  std::size_t complete() {
    return static_cast<std::size_t>(
        std::ranges::count_if(world_.machines(), [](const auto& machine) {
          const auto facts = machine->look();
          return facts && facts->has_metadata && facts->left_until_done == 0;
        }));
  }
  SimWorld& world() { return world_; }

 private:
  void add_magnet(SimMachine& machine) {
    machine.with_session([this](session::Session& session) {
      session::AddOrder order;
      order.source = magnet_of(content_);
      session.add(std::move(order), [](const session::OrderResult<session::AddReply>& added) {
        SEED_CHECK(added.has_value());
      });
    });
  }

  SimWorld world_;
  KnownContent content_;
  std::string router_;
};

int leeches() {
  const char* wanted = std::getenv("SEED_SIM_MAGNETS");
  return wanted != nullptr ? std::atoi(wanted) : 12;
}

}  // namespace

TEST_CASE("all finish who have nothing but the hash and one node of the DHT") {
  MagnetSwarm swarm(leeches(), 1, config::Encryption::allowed);
  const bool finished = swarm.finishes_within(30min);
  INFO(swarm.complete() << " complete");
  CHECK(finished);
  if (std::getenv("SEED_SIM_MAGNETS") != nullptr)
    WARN(swarm.complete() << " complete after " << seconds_of(swarm.world().elapsed())
                          << " s, digest " << std::hex << swarm.world().digest().value());
}

TEST_CASE("so do those who take no peer in plain") {
  MagnetSwarm swarm(6, 2, config::Encryption::required);
  CHECK(swarm.finishes_within(30min));
}

TEST_CASE("a swarm of magnets runs the same way twice") {
  const auto digest_of = [] {
    MagnetSwarm swarm(4, 3, config::Encryption::preferred);
    CHECK(swarm.finishes_within(30min));
    return swarm.world().digest().value();
  };
  CHECK(digest_of() == digest_of());
}
