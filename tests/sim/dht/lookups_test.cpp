// Peers that are stored in a DHT whose nodes come and go, of which a third hears no question and
// some are hostile: are they found, in how many hops, and what does it cost?
//
// SEED_SIM_DHT=2000 runs them with so many nodes and prints the rows of docs/simulation.md.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

#include <fmt/format.h>

#include "core/base/digest.h"
#include "tests/sim/dht/dht_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

std::size_t size_wanted(std::size_t usually) {
  const char* wanted = std::getenv("SEED_SIM_DHT");
  return wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : usually;
}

struct Figures {
  std::size_t lookups = 0;
  std::size_t found = 0;
  std::size_t forged = 0;  ///< lookups that were told what was announced without a token
  double hops = 0;         ///< the mean
  std::size_t hops_most = 0;
  double asked = 0;
  double failed = 0;
  double seconds = 0;
  double stored_on = 0;  ///< of announces
  DhtWorld::Traffic traffic;
  std::size_t came = 0;
  std::uint64_t digest = 0;
};

/// Some torrents, each announced by a node that stays, and looked up by others later.
class Torrents {
 public:
  static constexpr Duration again_after = 28min;  ///< session::Dht::seed_again_after

  Torrents(DhtWorld& world, std::size_t count) : world_(world) {
    std::vector<Sha1> prey;
    for (std::size_t i = 0; i < count; ++i) {
      Torrent torrent;
      torrent.hash = sha1(as_bytes("torrent " + std::to_string(i)));
      torrent.announcer = world_.any_node();
      torrent.due = world_.now() + world_.dice().between(Duration{}, 2min);
      world_.keep(torrent.announcer);
      prey.push_back(torrent.hash);
      all_.push_back(torrent);
    }
    world_.set_prey(std::move(prey));
  }
  /// Announces whenever it is time to.
  void run_for(Duration span) {
    const Instant end = world_.now() + span;
    while (world_.now() < end) {
      for (std::size_t i = 0; i < all_.size(); ++i)
        if (all_[i].due <= world_.now()) announce(i);
      world_.run_for(10s);
    }
  }
  Figures look_up(std::size_t each) {
    std::vector<std::pair<std::size_t, DhtWorld::Ticket>> tickets;
    for (std::size_t turn = 0; turn < each; ++turn)
      for (std::size_t i = 0; i < all_.size(); ++i) {
        std::size_t from = world_.any_node();
        while (from == all_[i].announcer) from = world_.any_node();
        dht::PeerSearch goal;
        goal.info_hash = all_[i].hash;
        tickets.emplace_back(i, world_.search(from, goal));
        run_for(10s);
      }
    run_for(2min);
    Figures out;
    for (const auto& [torrent, ticket] : tickets) count(torrent, world_.outcome(ticket), out);
    return averaged(out);
  }

 private:
  struct Torrent {
    Sha1 hash;
    std::size_t announcer = 0;
    Instant due{};
    std::vector<DhtWorld::Ticket> announced{};
  };

  static std::uint16_t port_of(std::size_t i) { return static_cast<std::uint16_t>(7000 + i); }

  void announce(std::size_t i) {
    dht::PeerSearch goal;
    goal.info_hash = all_[i].hash;
    goal.announce = dht::PeerSearch::Announce{.port = port_of(i)};
    all_[i].announced.push_back(world_.search(all_[i].announcer, goal));
    all_[i].due = world_.now() + again_after;
  }
  void count(std::size_t i, const DhtWorld::Outcome& outcome, Figures& out) const {
    // Who is gone does not look for anything any more.
    if (!outcome.done) return;
    ++out.lookups;
    const Endpoint right{world_.address(all_[i].announcer).address, port_of(i)};
    if (std::ranges::find(outcome.peers, right) != outcome.peers.end()) ++out.found;
    const auto forged = [](const Endpoint& peer) { return peer.port == Hostile::forged_port; };
    if (std::ranges::any_of(outcome.peers, forged)) ++out.forged;
    const auto& statistics = outcome.end.statistics;
    out.hops += static_cast<double>(statistics.hops);
    out.hops_most = std::max(out.hops_most, statistics.hops);
    out.asked += static_cast<double>(statistics.asked + statistics.asides);
    out.failed += static_cast<double>(statistics.failed);
    out.seconds += seconds_of(statistics.took);
  }
  Figures averaged(Figures out) const {
    const auto lookups = static_cast<double>(std::max<std::size_t>(out.lookups, 1));
    for (double* sum : {&out.hops, &out.asked, &out.failed, &out.seconds}) *sum /= lookups;
    double announces = 0;
    for (const Torrent& torrent : all_)
      for (const auto ticket : torrent.announced) {
        if (!world_.outcome(ticket).done) continue;
        ++announces;
        out.stored_on += static_cast<double>(world_.outcome(ticket).end.stored_on);
      }
    out.stored_on /= std::max(announces, 1.0);
    return out;
  }

  DhtWorld& world_;
  std::vector<Torrent> all_;
};

Figures run(const DhtWorld::Plan& plan, std::size_t torrents, std::size_t each,
            DhtWorld::Flood* flood = nullptr) {
  DhtWorld world(plan);
  world.run_for(10min);
  Torrents swarm(world, torrents);
  world.clear_traffic();
  swarm.run_for(1h);
  const auto traffic = world.traffic(10min);
  Figures out = swarm.look_up(each);
  out.traffic = traffic;
  out.came = world.came();
  out.digest = world.digest();
  if (flood != nullptr) *flood = world.flood();
  return out;
}

void show(std::string_view name, const DhtWorld::Plan& plan, const Figures& figures) {
  const std::string row = fmt::format(
      "| {} | {} | {} | {} of {} | {:.2f} ({}) | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.2f} "
      "({:.2f}) | {:.0f} ({:.0f}) | {:016x} |",
      name, plan.nodes, figures.came, figures.found, figures.lookups, figures.hops,
      figures.hops_most, std::log2(static_cast<double>(plan.nodes)), figures.asked, figures.seconds,
      figures.stored_on, figures.traffic.mean.datagrams, figures.traffic.p99.datagrams,
      figures.traffic.mean.octets, figures.traffic.p99.octets, figures.digest);
  UNSCOPED_INFO(row);
  if (std::getenv("SEED_SIM_DHT") != nullptr) std::cout << row << std::endl;
}

void check(std::string_view name, const DhtWorld::Plan& plan, const Figures& figures) {
  show(name, plan, figures);
  CHECK(figures.lookups >= 50);
  CHECK(figures.found * 100 >= figures.lookups * 99);
  CHECK(figures.forged == 0);
  CHECK(figures.hops <= std::log2(static_cast<double>(plan.nodes)));
  // A node with its line to itself asks for nothing else all day.
  CHECK(figures.traffic.mean.datagrams < 4);
  CHECK(figures.traffic.p99.octets < 8000);
}

std::size_t torrents_of(const DhtWorld::Plan& plan) {
  return std::clamp<std::size_t>(plan.nodes / 10, 10, 120);
}

}  // namespace

TEST_CASE("an hour of coming and going later peers are found, with a third of the nodes silent") {
  DhtWorld::Plan plan;
  plan.nodes = size_wanted(150);
  check("IPv4", plan, run(plan, torrents_of(plan), 6));
}

TEST_CASE("so they are in a network of IPv6") {
  DhtWorld::Plan plan{.seed = 2, .family = dht::Family::v6};
  plan.nodes = size_wanted(100);
  check("IPv6", plan, run(plan, torrents_of(plan), 6));
}

TEST_CASE("so they are though a tenth lies, forges tokens, picks ids and floods others") {
  DhtWorld::Plan plan{.seed = 3, .hostile = 0.1};
  plan.nodes = size_wanted(150);
  DhtWorld::Flood flood;
  check("a tenth hostile", plan, run(plan, torrents_of(plan), 6, &flood));
  // What amplifiers asked in another's name came to him hardly larger.
  CHECK(flood.asked_octets > 10'000);
  INFO("asked " << flood.asked_octets << ", sent " << flood.sent_octets);
  CHECK(flood.sent_octets < 8 * flood.asked_octets);
  if (std::getenv("SEED_SIM_DHT") != nullptr)
    std::cout << "amplifiers asked " << flood.asked_octets << " octets, their victim got "
              << flood.sent_octets << std::endl;
}

TEST_CASE("one seed is one network of the DHT, another seed another") {
  const auto digest_of = [](std::uint64_t seed) {
    DhtWorld::Plan plan{.seed = seed, .nodes = 60, .hostile = 0.1, .lifetime = 10min};
    DhtWorld world(plan);
    Torrents torrents(world, 5);
    torrents.run_for(10min);
    torrents.look_up(1);
    return world.digest();
  };
  const auto once = digest_of(5);
  CHECK(once == digest_of(5));
  CHECK(once != digest_of(6));
}
