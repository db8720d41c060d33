// DhtWorld: thousands of nodes of the DHT in virtual time: delay, loss, nodes that come and go with
// new addresses, nodes behind NATs that ask and never hear a question, and hostile ones.
//
// The nodes are the shipped machine, dht::Node; nothing else of seedd runs. One queue of what
// happens, ordered by (instant, sequence): same plan, same digest.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/node.h"
#include "tests/sim/dht/hostile.h"
#include "tests/sim/engine/run_digest.h"

namespace seed::sim {

class DhtWorld {
 public:
  struct Plan {
    std::uint64_t seed = 1;
    dht::Family family = dht::Family::v4;
    std::size_t nodes = 200;
    double silent = 1.0 / 3;   ///< of the nodes: behind a NAT, no question reaches them
    double hostile = 0;        ///< of the nodes
    double loss = 0.01;        ///< of the datagrams
    Duration lifetime = 1h;    ///< of a node, the mean; then another comes in its stead
    Duration joining = 10min;  ///< in which all begin
  };
  static constexpr std::size_t routers = 3;

  /// How a search of run_search() ended.
  struct Outcome {
    bool done = false;  ///< its node is there still
    dht::SearchDone end;
    std::vector<Endpoint> peers;
  };
  using Ticket = std::size_t;

  explicit DhtWorld(const Plan& plan);

  Instant now() const { return now_; }
  void run_for(Duration span);
  Rng& dice() { return dice_; }

  /// An honest node that is there for some minutes at least.
  std::size_t any_node();
  const Endpoint& address(std::size_t node) const { return members_[node].at; }
  dht::Node& node(std::size_t row) { return *members_[row].node; }
  /// It does not go.
  void keep(std::size_t node) { members_[node].stays = true; }
  Ticket search(std::size_t node, dht::PeerSearch goal);
  const Outcome& outcome(Ticket ticket) const { return outcomes_[ticket]; }
  /// What hostile nodes are after.
  void set_prey(std::vector<Sha1> hashes) { prey_ = std::move(hashes); }
  std::uint64_t digest() const { return digest_.value(); }

  /// What one honest node sends and receives, a second.
  struct Rate {
    double datagrams = 0;
    double octets = 0;
  };
  struct Traffic {
    Rate mean;
    Rate p99;
  };
  /// Over the life of those that are there for so long at least, since clear_traffic().
  Traffic traffic(Duration age_min) const;
  void clear_traffic();
  /// What went to whom amplifiers want flooded, and what they asked for that.
  struct Flood {
    std::uint64_t asked_octets = 0;
    std::uint64_t sent_octets = 0;
  };
  const Flood& flood() const { return flood_; }
  std::size_t came() const { return members_.size(); }
  std::uint64_t datagrams() const { return digest_.count(); }

 private:
  struct Member {
    Endpoint at;
    std::unique_ptr<dht::Node> node;
    std::unique_ptr<Hostile> hostile;
    bool silent = false;
    bool stays = false;
    Instant born{};
    Instant counted_from{};
    Instant wake_at = never;
    std::uint64_t datagrams = 0;
    std::uint64_t octets = 0;
    std::unordered_map<std::uint64_t, Ticket> tickets{};
    bool alive() const { return node != nullptr || hostile != nullptr; }
  };
  enum class Role : std::uint8_t { router, honest, any };
  enum class What : std::uint8_t { arrive, wake, act, leave };
  struct Event {
    Instant at;
    std::uint64_t sequence;
    What what;
    std::size_t row;  ///< of members_, or of packets_
    bool operator<(const Event& other) const {
      return std::pair(at, sequence) > std::pair(other.at, other.sequence);
    }
  };
  struct Packet {
    Endpoint from;
    Endpoint to;
    Buffer octets;
  };

  Endpoint new_endpoint();
  void add(Role role);
  void schedule(Instant at, What what, std::size_t row);
  void happen(const Event& event);
  void arrive(std::size_t row);
  void leave(std::size_t row);
  void post(const Endpoint& from, const Endpoint& to, Buffer octets, Member* sender);
  void drain(std::size_t row);
  void act(std::size_t row, std::vector<Hostile::Datagram> datagrams);
  Hostile::Victims victims() const;

  Plan plan_;
  Rng dice_;
  Instant now_ = Instant{} + 1000s;
  std::vector<Member> members_;
  std::unordered_map<Endpoint, std::size_t, EndpointHash> by_endpoint_;
  std::unordered_map<Endpoint, std::size_t, EndpointHash> hostile_at_;  ///< whatever the port
  std::vector<Endpoint> router_endpoints_;
  std::vector<Endpoint> reachable_;  ///< honest ones, for hostile ones to know
  std::vector<Event> queue_;         ///< a heap
  std::uint64_t sequence_ = 0;
  std::vector<Packet> packets_;
  std::vector<std::size_t> packets_free_;
  std::vector<Outcome> outcomes_;
  std::vector<Sha1> prey_;
  Endpoint flooded_;
  Flood flood_;
  RunDigest digest_;
};

}  // namespace seed::sim
