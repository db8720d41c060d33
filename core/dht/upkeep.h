// Upkeep: when a node does something for its own table: begins (BEP 5: "the node should attempt to
// find the closest nodes in the DHT to itself"), begins again, fills, refreshes, pings.
//
//   no nodes --begin()--> looking for our own id --found some--> filling --> refreshing now and
//   then
//      ^                         | still fewer than nodes_enough                  |
//      +--- 10 s .. 10 min ------+                     none is good any more -----+
//
// Whom to begin with: nodes of the table, and the routers (dht_bootstrap_nodes) while there are few
// of these. Endpoints that are only heard of (PORT messages, magnets' x.pe, nodes of a torrent) are
// pinged; who answers is in the table then.
//
// Bounds: routers_max, heard_max; a ping every ping_gap once the table has nodes_enough.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/routing_table.h"
#include "core/dht/search_goal.h"

namespace seed::dht {

class Upkeep {
 public:
  /// Names that dht_bootstrap_nodes has, with a few addresses each. Beyond: left out.
  static constexpr std::size_t routers_max = 64;
  /// Endpoints that wait to be pinged. Beyond: the newest is left out.
  static constexpr std::size_t heard_max = 64;
  /// With fewer, the routers are asked as well, pings are not spread, and we begin again now and
  /// then, for those that we know may have learnt of others.
  static constexpr std::size_t nodes_enough = 16;
  /// So many good ones, and other searches need not wait for the first of our own.
  static constexpr std::size_t nodes_to_search = 8;
  /// All nodes of a full table are pinged within RoutingTable::fresh_for.
  static constexpr Duration ping_gap = 4s;
  /// How often the table is looked at.
  static constexpr Duration tick = 5s;
  static constexpr Duration begin_again_min = 10s;
  static constexpr Duration begin_again_max = 10min;
  /// Searches for targets in the far parts of the space, after our own was found.
  static constexpr int fills = 4;

  Upkeep(Rng rng, Instant now) : rng_(rng), tick_at_(now + tick) {}

  /// Whom to begin with when there are few others; begins soon.
  void set_routers(std::vector<Endpoint> routers, Instant now);
  const std::vector<Endpoint>& routers() const { return routers_; }
  bool is_router(const Endpoint& endpoint) const;
  /// The table has changed as a whole: loaded, or our id is another.
  void begin(Instant now) { begin_at_ = now; }
  /// The table has its first node.
  void on_first_node(Instant now);
  /// A node may be there.
  void hear_of(const Endpoint& endpoint);

  /// Whom to ping now.
  std::optional<Endpoint> next_ping(RoutingTable& table, Instant now);
  /// What the node is to look for itself now; on_search_done() has to follow before the next.
  std::optional<NodeSearch> next_search(RoutingTable& table, Instant now);
  void on_search_done(const RoutingTable& table, std::size_t answered, Instant now);
  /// Whether other searches may begin: there are good nodes, and not just a few of those that we
  /// are beginning with.
  bool ready(const RoutingTable& table, Instant now) const;
  /// Whether on_tick() is due.
  bool tick_due(Instant now) const { return tick_at_ <= now; }
  void on_tick(const RoutingTable& table, Instant now);
  /// When next_search() or tick_due() has something.
  Instant deadline() const;
  /// When next_ping() has something that does not come of a tick.
  Instant ping_at() const { return heard_.empty() ? never : ping_at_; }

 private:
  /// What the search under way is for.
  enum class Phase : std::uint8_t { idle, beginning, filling, refreshing };

  Rng rng_;
  std::vector<Endpoint> routers_;
  Fifo<Endpoint> heard_;
  Phase phase_ = Phase::idle;
  bool begun_ = false;  ///< somebody has answered
  Instant begin_at_ = never;
  Duration begin_again_ = begin_again_min;
  int fills_left_ = 0;
  Instant ping_at_{};
  Instant tick_at_;
};

}  // namespace seed::dht
