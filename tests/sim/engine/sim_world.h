// SimWorld: one run: virtual time, the network, trackers, machines and rude peers, all drawn from
// one seed and all on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/log/log.h"
#include "tests/sim/engine/rude_peer.h"
#include "tests/sim/engine/sim_machine.h"
#include "tests/sim/engine/sim_tracker.h"

namespace seed::sim {

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed);
  ~SimWorld();

  EventQueue& events() { return events_; }
  Network& network() { return network_; }
  Web& web() { return web_; }
  RunDigest& digest() { return digest_; }
  /// Dice of the scenario.
  Rng& dice() { return rng_; }
  Instant now() const { return events_.now(); }
  /// Since the run began.
  Duration elapsed() const { return events_.now() - began_; }

  SimTracker& add_tracker(const std::string& name, Temper temper);
  /// Off until boot().
  SimMachine& add_machine(SimMachine::Plan plan);
  RudePeer& add_rude_peer(const KnownContent& content, const Manners& manners, Line line);
  const std::vector<std::unique_ptr<SimMachine>>& machines() const { return machines_; }
  const std::vector<std::unique_ptr<RudePeer>>& rude_peers() const { return rude_; }
  const std::vector<std::unique_ptr<SimTracker>>& trackers() const { return trackers_; }

  /// Runs until `done` or for `at_most`; `each_second` every second of virtual time. True when
  /// done.
  bool run(Duration at_most, const std::function<bool()>& done,
           const std::function<void()>& each_second = {});

 private:
  struct Bystander {
    std::unique_ptr<SimHost> host;
    std::unique_ptr<SimNet> net;
  };
  Bystander& add_bystander(const std::string& name, Line line);
  SimHost::Config next_host(const std::string& name);
  void cut_some();
  static log::Logger make_logger(const std::string& name);

  Rng rng_;
  Instant began_;
  EventQueue events_;
  RunDigest digest_;
  Network network_;
  Web web_;
  std::uint32_t hosts_ = 0;
  std::vector<std::unique_ptr<Bystander>> bystanders_;
  std::vector<std::unique_ptr<SimTracker>> trackers_;
  std::vector<std::unique_ptr<RudePeer>> rude_;
  std::vector<std::unique_ptr<SimMachine>> machines_;
};

}  // namespace seed::sim
