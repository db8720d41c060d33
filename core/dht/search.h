// Search: one search from its first question to the last store: a Lookup (BEP 5, "Overview"), the
// queries that it is made of, and what their answers tell.
//
//   looking --lookup done--> storing on the 8 closest that gave a token --> done
//      |                        (announce_peer, put)                         ^
//      +--- nothing to store, or the item is found ---------------------------+
//
// Peers are told once each. What is counted of a swarm (BEP 33) is the union of what nodes say, so
// a lie can only make it more: a filter of more than swarm_max is left out. Of mutable items the
// one with the highest sequence number counts, when its signature is right. An item that is newer
// than the one to store, or has its number and another value, ends the search before anything is
// stored.
//
// Bounds: those of Lookup; peers_max peers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "core/dht/bloom_filter.h"
#include "core/dht/krpc_message.h"
#include "core/dht/lookup.h"
#include "core/dht/search_goal.h"

namespace seed::dht {

class Search {
 public:
  /// Peers of one search, more than a torrent's candidates. Beyond: left out.
  static constexpr std::size_t peers_max = 4000;
  /// Seeds, or others, of one swarm (BEP 33: "should try to keep max(seeds,peers) below 6000").
  static constexpr double swarm_max = 6000;

  enum class Step : std::uint8_t { looking, aside, storing };
  struct Ask {
    NodeContact to;
    krpc::What what;
    Step step = Step::looking;
  };
  struct Found {
    std::vector<Endpoint> peers;
    std::optional<Item> item;  ///< better than any before
    std::vector<NodeContact> other_family;
  };
  struct Swarm {
    double seeds = 0;
    double peers = 0;  ///< that are no seeds
    bool operator==(const Swarm&) const = default;
  };

  /// `own` is our id, which is not asked.
  Search(SearchId id, SearchGoal goal, Family family, const NodeId& own);

  SearchId id() const { return id_; }
  const SearchGoal& goal() const { return goal_; }
  /// To be told whom to begin with.
  Lookup& lookup() { return lookup_; }

  /// Whom to ask now; one on_response(), on_error() or on_lost() has to follow.
  std::optional<Ask> next_query(Instant now);
  Found on_response(Step step, const Endpoint& from, const krpc::Response& response, Instant now);
  void on_error(Step step, const Endpoint& from, const krpc::Error& error);
  void on_slow(Step step, const Endpoint& to);
  void on_lost(Step step, const Endpoint& to);
  /// Peers that we know without asking, as from our own store. Each once, as all others.
  std::vector<Endpoint> add_peers(const std::vector<Endpoint>& peers);
  /// The same of an item: nothing unless it is what is looked for and better than any before.
  std::optional<Item> add_item(const Item& item);
  /// Counts ours, too.
  void add_filters(const BloomFilter& seeds, const BloomFilter& peers);

  bool done() const;
  Lookup::Statistics statistics() const { return lookup_.statistics(); }
  /// Nodes that took what was to be stored.
  std::size_t stored_on() const { return stored_on_; }
  /// Why nothing or little was stored: the last error a node gave, or that a newer item is there.
  const std::optional<krpc::Error>& refusal() const { return refusal_; }
  /// Nothing unless a scrape was asked for and somebody has told.
  std::optional<Swarm> swarm() const;

 private:
  krpc::What question() const;
  krpc::What store(const Lookup::WithToken& node) const;
  bool stores() const;
  void begin_storing();
  void count_swarm(const krpc::Response& response);
  std::optional<Item> take_item(const Endpoint& from, const krpc::Response& response);
  std::optional<Item> take_better(Item item);
  const Item* own_item() const;

  SearchId id_;
  SearchGoal goal_;
  Family family_;
  Lookup lookup_;
  Step step_ = Step::looking;
  bool ended_ = false;  ///< early: what was looked for is found
  std::unordered_set<Endpoint, EndpointHash> seen_;
  BloomFilter seeds_;
  BloomFilter peers_;
  bool counted_ = false;
  std::vector<IpAddress> uncounted_;  ///< peers of nodes that do not speak BEP 33
  std::optional<Item> best_;
  std::vector<Endpoint> has_item_;  ///< they gave one, so a `cas` makes sense
  std::vector<Lookup::WithToken> to_store_;
  std::size_t next_to_store_ = 0;
  std::size_t storing_open_ = 0;
  std::size_t stored_on_ = 0;
  std::optional<krpc::Error> refusal_;
};

}  // namespace seed::dht
