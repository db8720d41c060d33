// What a node of the DHT tells its driver, and what there is to know of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/dht/krpc_message.h"
#include "core/dht/lookup.h"
#include "core/dht/node_contact.h"
#include "core/dht/search.h"
#include "core/dht/search_goal.h"

namespace seed::dht {

/// Give this to the socket of that family. A lost one is not reported back.
struct Send {
  Endpoint to;
  Buffer datagram;
  bool operator==(const Send&) const = default;
};

/// Peers of a PeerSearch, each once. Nobody has vouched for them.
struct PeersFound {
  SearchId search;
  std::vector<Endpoint> peers;
  bool operator==(const PeersFound&) const = default;
};

/// What an ItemSearch was for, or a newer one than an ItemStoring would store; its hash or
/// signature is right. A better one may follow.
struct ItemFound {
  SearchId search;
  Item item;
  bool operator==(const ItemFound&) const = default;
};

/// The end of a search that was not cancelled.
struct SearchDone {
  SearchId search;
  Lookup::Statistics statistics;       ///< nobody asked: there was no node to begin with
  std::size_t stored_on = 0;           ///< nodes that took the announce or the item
  std::optional<krpc::Error> refusal;  ///< why a node, or all, did not
  std::optional<Search::Swarm> swarm;  ///< what a scrape counted: a claim of strangers
};

/// Nodes of the other family (BEP 32): tell its node to add_contact() them.
struct ContactsFound {
  std::vector<NodeContact> contacts;
  bool operator==(const ContactsFound&) const = default;
};

/// Enough nodes agree that this is our address.
struct AddressSeen {
  IpAddress address;
  bool operator==(const AddressSeen&) const = default;
};

/// Our id is another, one that our address may have (BEP 42); to be saved.
struct IdChanged {
  NodeId id;
  bool operator==(const IdChanged&) const = default;
};

using NodeEvent =
    std::variant<Send, PeersFound, ItemFound, SearchDone, ContactsFound, AddressSeen, IdChanged>;

/// Since the node was made.
struct NodeCounts {
  std::uint64_t datagrams_received = 0;
  std::uint64_t octets_received = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t octets_sent = 0;
  std::uint64_t queries_received = 0;
  std::uint64_t queries_unanswered = 0;  ///< over the limits, or we are read-only
  std::uint64_t queries_sent = 0;
  std::uint64_t answers_received = 0;  ///< to these, errors too
  std::uint64_t malformed = 0;
  std::uint64_t unexpected = 0;  ///< answers to nothing, and datagrams of the other family
  bool operator==(const NodeCounts&) const = default;
};

struct NodeFacts {
  NodeId id;
  std::optional<IpAddress> external;
  bool read_only = false;
  std::size_t nodes_good = 0;
  std::size_t nodes_questionable = 0;
  std::size_t nodes_bad = 0;
  std::size_t nodes_waiting = 0;  ///< for a place in the table
  std::size_t searches_running = 0;
  std::size_t searches_waiting = 0;
  std::size_t queries_open = 0;
  std::size_t announces_stored = 0;
  std::size_t hashes_stored = 0;
  std::size_t items_stored = 0;
  std::size_t item_bytes_stored = 0;
  NodeCounts counts;
};

}  // namespace seed::dht
