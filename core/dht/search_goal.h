// What a node of the DHT is asked to look for.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/dht/item_store.h"
#include "core/dht/node_id.h"

namespace seed::dht {

/// Names a search; the caller picks it and does not use it twice at a time.
struct SearchId {
  std::uint64_t value = 0;
  auto operator<=>(const SearchId&) const = default;
};

/// Peers of a torrent (BEP 5, get_peers), and with `announce` telling of ourselves thereafter.
struct PeerSearch {
  struct Announce {
    std::uint16_t port = 0;     ///< where our peers connect to
    bool implied_port = false;  ///< the port of the datagram counts, as behind a NAT
    bool seed = false;          ///< we have all of it (BEP 33)
    bool operator==(const Announce&) const = default;
  };
  Sha1 info_hash;
  std::optional<Announce> announce;
  bool noseed = false;  ///< rather no seeds, for we are one (BEP 33)
  bool scrape = false;  ///< count the swarm, too (BEP 33)
  bool operator==(const PeerSearch&) const = default;
};

/// An item (BEP 44, get), immutable or mutable, under its target.
struct ItemSearch {
  Sha1 target;
  Buffer salt;                            ///< of a mutable one, which answers do not repeat
  std::optional<std::int64_t> seq_known;  ///< only newer ones are wanted
  bool operator==(const ItemSearch&) const = default;
};

/// Storing an item (BEP 44, put), which is signed already if it is mutable.
struct ItemStoring {
  Item item;
  /// Only over one with that sequence number.
  std::optional<std::int64_t> cas;
  bool operator==(const ItemStoring&) const = default;
};

/// The nodes around a target (BEP 5, find_node): how a node keeps its own table.
struct NodeSearch {
  NodeId target;
  bool both_families = false;  ///< BEP 32, "Bootstrapping"
  bool operator==(const NodeSearch&) const = default;
};

using SearchGoal = std::variant<PeerSearch, ItemSearch, ItemStoring, NodeSearch>;

/// The point of the space where it leads.
NodeId target_of(const SearchGoal& goal);

}  // namespace seed::dht
