// RoutingTable: the nodes we know, the more the closer they are to us (BEP 5, "Routing Table"). One
// for each family (BEP 32).
//
// Bucket i holds the ids that share exactly i leading bits with our own, the last one those that
// share as many or more; only that one is ever split. In a bucket stand up to 8 nodes that have
// answered us, and in its cache up to 8 that wait for a place, also some that only asked us.
//
//   asked us --> cache, unproven --answers--> in the bucket --> good
//                     | fails                  ^  |  ^          |  ^ 15 min silent, or failed once
//                     v                        |  v  |          v  | answers, or asks
//                 forgotten   cache, proven ---+  bad <-fails- questionable
//
// Good: has answered, was heard within 15 minutes, its last query did not fail. Bad: failed twice
// in a row; it gives way to whoever has answered and else stays, so that a line that was cut does
// not cost us all we know. An id that its address may have (BEP 42) is preferred: its node takes
// the place of one without when a bucket is full.
//
// A holder (core/dht/holder.h) has one place in all. Read-only nodes (BEP 43) have none: the caller
// does not tell of their queries.
// Bounds: buckets_max x (bucket_nodes_max + cache_nodes_max) nodes; in a network of ten million
// some 22 buckets fill. All calls are O(nodes) or less.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/node_contact.h"
#include "core/dht/node_id.h"

namespace seed::dht {

class RoutingTable {
 public:
  /// In a network of 2^43 nodes the last one would hold 8. Beyond: the last one is not split, so
  /// who makes ids close to ours does not make us refresh 160.
  static constexpr std::size_t buckets_max = 40;
  /// BEP 5: "Each bucket can only hold K nodes, currently eight".
  static constexpr std::size_t bucket_nodes_max = 8;
  /// Nodes that wait for a place in one bucket. Beyond: who has not answered, then whose id is not
  /// secure, then the oldest is forgotten.
  static constexpr std::size_t cache_nodes_max = 8;
  /// BEP 5: "After 15 minutes of inactivity, a node becomes questionable", and a bucket is
  /// refreshed.
  static constexpr Duration fresh_for = 15min;
  /// BEP 5: "it is suggested to try once more before discarding the node".
  static constexpr int failures_max = 2;
  /// A node is not pinged again before that, whether or not we hear of the last one.
  static constexpr Duration ping_pause = 15s;

  enum class State : std::uint8_t { good, questionable, bad };
  struct Counts {
    std::size_t good = 0;
    std::size_t questionable = 0;
    std::size_t bad = 0;
    std::size_t cached = 0;  ///< wait for a place
    bool operator==(const Counts&) const = default;
  };

  RoutingTable(const NodeId& own, Rng rng);

  const NodeId& own() const { return own_; }
  /// Files all nodes anew around another id.
  void set_own(const NodeId& own, Instant now);

  /// It answered a query of ours, with that id. A good node keeps its place against others of its
  /// id or its holder; one that has changed its id loses the place it had.
  void on_answer(const NodeContact& contact, Instant now);
  /// It asked us something, and is not read-only. Nobody is put out for that.
  void on_query_from(const NodeContact& contact, Instant now);
  /// It did not answer a query in time. Unknown endpoints are fine.
  void on_failure(const Endpoint& endpoint, Instant now);
  /// Drops it: it is read-only after all, or not to be spoken to.
  void forget(const Endpoint& endpoint);

  /// At most `count` nodes close to `target`: first the good ones by distance, then the
  /// questionable ones by distance.
  std::vector<NodeContact> closest(const NodeId& target, std::size_t count, Instant now) const;
  /// The same, and the bad ones last: to begin a lookup with when there is nothing better.
  std::vector<NodeContact> starts(const NodeId& target, std::size_t count, Instant now) const;

  /// Whom to ping next, if anybody; call it every few seconds. First questionable nodes whose place
  /// another waits for, the one that was silent longest first; then nodes that have not answered
  /// yet and would have a place; then other questionable ones, and bad ones every 15 minutes. What
  /// comes of it is told by on_answer() and on_failure().
  std::optional<NodeContact> next_to_ping(Instant now);
  /// A target to look up for a bucket in which nothing has changed for 15 minutes; that bucket is
  /// due again 15 minutes later. Nothing for an empty table.
  std::optional<NodeId> refresh_due(Instant now);

  Counts counts(Instant now) const;
  std::size_t bucket_count() const { return buckets_.size(); }
  /// Nodes in buckets, good or not.
  std::size_t size() const;
  bool knows(const NodeContact& contact) const;

  /// What to begin with after a restart: good nodes, then questionable ones, at most `count`; bad
  /// ones when there are no others.
  std::vector<NodeContact> save(std::size_t count, Instant now) const;
  /// Nodes that answered in an earlier run: questionable until they do so again.
  void load(std::span<const NodeContact> saved, Instant now);

 private:
  struct Known {
    NodeContact contact;
    bool secure = false;
    bool proven = false;             ///< has answered, in this run or an earlier one
    int failures = 0;                ///< in a row
    std::optional<Instant> heard{};  ///< in this run
    std::optional<Instant> pinged{};
  };
  using Nodes = std::vector<Known>;
  struct Bucket {
    Nodes nodes{};  ///< proven ones
    Nodes cache{};
    Instant changed{};
  };
  struct Place {
    Bucket* bucket = nullptr;
    Nodes* list = nullptr;  ///< nodes or cache of it
    Nodes::iterator at;
    explicit operator bool() const { return bucket != nullptr; }
    bool cached() const { return list == &bucket->cache; }
  };

  static State state_of(const Known& known, Instant now);
  static Known make(const NodeContact& contact, bool proven, std::optional<Instant> heard);
  bool acceptable(const NodeContact& contact) const;
  std::size_t index_of(const NodeId& id) const;
  bool may_split(const Bucket& bucket) const;
  Place find_id(const NodeId& id);
  Place find_holder(const Endpoint& endpoint);
  Place find(const NodeContact& contact);
  bool makes_way(const Place& present, const NodeContact& newcomer, Instant now);
  Known take(const Place& place);
  void drop(const Place& place);
  void add(Known newcomer, Instant now);
  bool make_room(Bucket& bucket, const Known& newcomer, Instant now);
  void wait(Bucket& bucket, Known newcomer);
  void fill(Bucket& bucket);
  void split(Instant now);
  std::vector<NodeContact> nearest(const NodeId& target, std::size_t count, State worst,
                                   Instant now) const;
  std::optional<int> ping_rank(const Bucket& bucket, const Known& known, bool cached,
                               Instant now) const;

  NodeId own_;
  Rng rng_;
  std::vector<Bucket> buckets_;
  std::unordered_map<Endpoint, NodeId, EndpointHash> by_holder_;  ///< in buckets and caches
};

}  // namespace seed::dht
