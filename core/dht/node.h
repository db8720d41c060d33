// Node: one node of the DHT, of one address family (BEP 5; BEP 32 has two networks, so who has both
// families has two nodes).
//
// It keeps a table of nodes, answers and stores what others ask it, and searches: for peers of
// torrents, announcing us, and for items. BEP 33, 42, 43, 44 and 51 are in its parts, to which it
// only routes: Upkeep, Searches, QueriesOut, Answering, AddressVotes and the RoutingTable.
//
//   orders, datagrams, time --> parts --> settle(): ask what is wanted as fast as may be --> events
//
// A machine: one input or order, then drain next_event(). It never calls its driver, so it knows no
// blocklist: the driver filters what it gives to on_datagram() and what it takes of Send and
// PeersFound. A query whose Send is dropped is simply lost.
//
// Bounds: those of its parts. Queries go out at Options::queries_per_second at most, whatever is
// ordered; answers are bounded by SourceLimits. Idle it takes some tens of KiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/address_votes.h"
#include "core/dht/answering.h"
#include "core/dht/node_contact.h"
#include "core/dht/node_event.h"
#include "core/dht/node_id.h"
#include "core/dht/queries_out.h"
#include "core/dht/routing_table.h"
#include "core/dht/search_goal.h"
#include "core/dht/searches.h"
#include "core/dht/source_limits.h"
#include "core/dht/tokens.h"
#include "core/dht/upkeep.h"

namespace seed::dht {

class Node {
 public:
  struct Options {
    /// That of the last run; by dice if there is none.
    std::optional<NodeId> id;
    /// From entropy: what tokens are made with.
    Tokens::Secret token_secret{};
    /// There is a node of the other family that wants to know of contacts (BEP 32).
    bool dual_stack = false;
    /// BEP 43: we do not answer, and others are told not to ask. For who cannot be reached.
    bool read_only = false;
    /// Queries of ours, some 100 octets each, and how many at once. A search takes 30 to 60.
    std::uint32_t queries_per_second = 50;
    std::uint32_t queries_burst = 25;
    SourceLimits::Options limits;
  };
  /// What is worth keeping over a restart.
  struct Saved {
    NodeId id;
    std::vector<NodeContact> contacts;
    bool operator==(const Saved&) const = default;
  };
  static constexpr std::size_t contacts_saved_max = 200;
  /// After the id was changed for what nodes say of our address, the next change is so far away:
  /// who is behind several addresses would have no place otherwise.
  static constexpr Duration id_change_pause = 1h;

  Node(Family family, const Options& options, Rng rng, Instant now);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// `other` is the table of the node of the other family, for who asks for both.
  void on_datagram(Bytes datagram, const Endpoint& from, Instant now,
                   const RoutingTable* other = nullptr);
  void on_deadline(Instant now);

  /// Contacts of an earlier run; begins.
  void load(std::span<const NodeContact> contacts, Instant now);
  /// The addresses of dht_bootstrap_nodes, all of them; begins. They are asked while we know few
  /// other nodes. Those of the other family are left out.
  void bootstrap(std::span<const Endpoint> routers, Instant now);
  /// A node may be there: a PORT message, `x.pe`, a torrent's `nodes`, ContactsFound. It is pinged.
  void add_contact(const Endpoint& endpoint, Instant now);
  /// Starts a search, or lets it wait for its turn, before all others if it is urgent. PeersFound
  /// or ItemFound, then one SearchDone. False when too many wait (Searches::waiting_max), or when
  /// an item to store is too large.
  bool search(SearchId id, SearchGoal goal, bool urgent, Instant now);
  /// Forgets a search; nothing more comes of it. Unknown ids are fine.
  void cancel(SearchId id, Instant now);
  /// Our address as the world has it, from who knows; nothing: nodes are believed again. The id
  /// changes when it may not have that address (BEP 42).
  void set_external(const std::optional<IpAddress>& address, Instant now);
  void set_read_only(bool read_only) { read_only_ = read_only; }
  void set_rates(std::uint32_t queries_per_second, std::uint32_t queries_burst,
                 const SourceLimits::Options& limits);

  std::optional<NodeEvent> next_event();
  /// When on_deadline() is due.
  Instant deadline() const;

  const NodeId& id() const { return table_.own(); }
  const RoutingTable& table() const { return table_; }
  Saved save(Instant now) const;
  NodeFacts facts(Instant now) const;

 private:
  void on_query(const krpc::Message& message, std::size_t bytes, const Endpoint& from, Instant now,
                const RoutingTable* other);
  void on_answer(const krpc::Message& message, const Endpoint& from, Instant now);
  void on_response(const QueriesOut::Open& query, const krpc::Response& response,
                   const Endpoint& from, Instant now);
  void tell_table(const NodeContact& contact, const Endpoint& asked, Instant now);
  void on_vote(const Endpoint& from, const IpAddress& ours, Instant now);
  void secure_id(bool at_once, Instant now);

  void settle(Instant now);
  bool ask_all(Instant now);
  bool ask(Instant now);
  bool ping(Instant now);
  bool finish_searches(Instant now);
  bool start_searches(Instant now);
  void end_impatient(Instant now);
  void start_own(const NodeSearch& goal, Instant now);
  void start(Searches::Waiting waiting, Instant now);
  void report(const Search& search);
  void send_query(const Endpoint& to, krpc::What what, const QueriesOut::Purpose& purpose,
                  Instant now);
  void send(const Endpoint& to, Buffer datagram);

  Family family_;
  bool dual_stack_;
  bool read_only_;
  Rng rng_;
  RoutingTable table_;
  QueriesOut queries_;
  Searches searches_;
  Upkeep upkeep_;
  Answering answering_;
  AddressVotes votes_;
  std::optional<IpAddress> external_;
  bool external_told_ = false;  ///< by an order, so votes do not count
  std::optional<Instant> id_changed_;
  bool hungry_ = false;  ///< something may wait for the rate of our queries
  bool pings_first_ = false;
  bool searchable_ = false;  ///< searches need not wait for nodes
  NodeCounts counts_;
  Fifo<NodeEvent> events_;
};

}  // namespace seed::dht
