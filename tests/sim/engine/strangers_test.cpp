// Peers of the local network and of the DHT, and that a private torrent has nothing to do with
// them.
#include <algorithm>
#include <string>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// A seed and leeches that have the torrent and no tracker, with all that finds strangers.
class Strangers {
 public:
  struct Plan {
    bool is_private = false;
    bool dht = true;
    bool local = true;
    config::TransportList transports = {config::Transport::tcp};
  };
  explicit Strangers(const Plan& plan, std::uint64_t seed = 1)
      : world_(seed),
        content_(
            {.name = "name", .total_size = 1u << 20, .is_private = plan.is_private, .trackers = {}},
            world_.dice().fork()) {
    // In each form in which it could be told.
    const Bytes hash = content_.hash().bytes();
    const std::string hex = content_.hash().hex();
    world_.network().judge = [this, raw = to_buffer(hash), hex](Bytes datagram, const Endpoint&) {
      ++datagrams_;
      const bool told = !std::ranges::search(datagram, raw).empty() ||
                        !std::ranges::search(datagram, as_bytes(hex)).empty();
      if (told) ++tellings_;
    };
    std::string router;
    for (int i = 0; i < 4; ++i) {
      SimMachine::Plan machine_plan;
      auto& settings = machine_plan.settings;
      settings.dht_enabled = plan.dht;
      settings.lpd_enabled = plan.local;
      settings.pex_enabled = true;
      settings.peer_port = 6881;
      settings.preferred_transports = plan.transports;
      settings.dht_bootstrap_nodes.clear();
      if (i > 0) settings.dht_bootstrap_nodes.push_back(router);
      auto& machine = world_.add_machine(std::move(machine_plan));
      if (i == 0) {
        router = machine.host().config().address.to_string() + ":6881";
        content_.put(machine.files(), SimMachine::downloads);
      }
      machine.boot([this, &machine] { machine.add(content_); });
    }
  }
  bool finishes_within(Duration bound) {
    return world_.run(bound, [this] { return complete() == world_.machines().size(); });
  }
  std::size_t complete() {
    return static_cast<std::size_t>(
        std::ranges::count_if(world_.machines(), [](const auto& machine) {
          const auto facts = machine->look();
          return facts && facts->left_until_done == 0;
        }));
  }
  std::size_t links() {
    std::size_t count = 0;
    for (const auto& machine : world_.machines()) count += machine->net().stream_count();
    return count;
  }
  std::size_t datagrams() const { return datagrams_; }
  std::size_t tellings() const { return tellings_; }
  SimWorld& world() { return world_; }

 private:
  SimWorld world_;
  KnownContent content_;
  std::size_t datagrams_ = 0;
  std::size_t tellings_ = 0;
};

}  // namespace

TEST_CASE("who is in one network finds the others without a tracker or the DHT") {
  Strangers strangers({.dht = false});
  CHECK(strangers.finishes_within(10min));
  CHECK(strangers.tellings() > 0);
}

TEST_CASE("nobody is told of a private torrent, and nobody is met for it") {
  Strangers strangers({.is_private = true});
  CHECK_FALSE(strangers.finishes_within(40min));
  CHECK(strangers.datagrams() > 0);
  CHECK(strangers.tellings() == 0);
  CHECK(strangers.links() == 0);
}

TEST_CASE("a public one is told of, in the same places") {
  Strangers strangers({});
  CHECK(strangers.finishes_within(40min));
  CHECK(strangers.tellings() > 0);
}

TEST_CASE("sessions that speak uTP alone finish too, the same way twice") {
  const auto digest_of = [] {
    Strangers strangers({.transports = {config::Transport::utp}}, 4);
    CHECK(strangers.finishes_within(10min));
    return strangers.world().digest().value();
  };
  CHECK(digest_of() == digest_of());
}
