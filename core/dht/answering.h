// Answering: what this node answers to others' queries, and what it stores for them (BEP 5, 32, 33,
// 42, 44, 51): tokens, announced peers, items, and how much of all that anybody gets.
//
//   query --> SourceLimits admit it? --> looked up, checked, stored --> the answer's octets are
//   owed
//
// UDP's source addresses are easily forged, so an answer must not be worth much to who wants a
// third one flooded. Who asks and is not in our table, so has never answered us, gets at most
// stranger_factor octets for each of the question; ordinary answers fit into that. Only an item's
// value may be longer, and strangers get stranger_values octets of these a second in all. Beside
// that come the rates of SourceLimits, for each source and for all.
//
// Announces need a token that was given to that address within ten minutes (BEP 5), as do items;
// these must also be signed if they are mutable.
//
// Bounds: those of SourceLimits, PeerStore and ItemStore, and the constants below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/item_store.h"
#include "core/dht/krpc_message.h"
#include "core/dht/node_contact.h"
#include "core/dht/pacer.h"
#include "core/dht/peer_store.h"
#include "core/dht/routing_table.h"
#include "core/dht/source_limits.h"
#include "core/dht/tokens.h"

namespace seed::dht {

class Answering {
 public:
  /// Octets of an answer for each of the question, to strangers. A get_peers query has 95 octets,
  /// and an answer to it with 8 nodes and 50 peers 740.
  static constexpr std::size_t stranger_factor = 8;
  /// Octets a second of longer answers with an item's value, to all strangers together, and how
  /// many at once. Beyond: the value is left out.
  static constexpr std::uint32_t stranger_values = 16 * 1024;
  static constexpr std::uint32_t stranger_values_burst = 64 * 1024;
  /// Contacts of one family (BEP 5: K).
  static constexpr std::size_t contacts_told = 8;
  /// Peers looked up for one answer; what does not fit is left out.
  static constexpr std::size_t peers_told = 100;
  /// Info-hashes of one sample (BEP 51), and how long it stays the same.
  static constexpr std::size_t samples_told = 20;
  static constexpr Duration sample_interval = 10min;

  /// Where contacts come from: our table, and that of the other family if there is one (BEP 32).
  struct Tables {
    const RoutingTable& own;
    const RoutingTable* other = nullptr;
  };

  Answering(Family family, const Tokens::Secret& secret, const SourceLimits::Options& limits,
            Rng rng, Instant now);

  void set_limits(const SourceLimits::Options& limits) { limits_.set_options(limits); }

  /// The datagram to send to `from`; nothing when it has asked too much. `question` is a Query of
  /// so many octets.
  std::optional<Buffer> answer(const krpc::Message& question, std::size_t question_bytes,
                               const Endpoint& from, const Tables& tables, Instant now);

  /// Forgets what is too old, which answer() does as well.
  void expire(Instant now);

  /// Peers that others have announced to us.
  PeerStore& peers() { return peers_; }
  const PeerStore& peers() const { return peers_; }
  const ItemStore& items() const { return items_; }

 private:
  using Answer = std::variant<krpc::Response, krpc::Error>;
  struct Asker {
    const Endpoint& from;
    const Tables& tables;
    bool known = false;     ///< has answered us
    std::size_t bytes_max;  ///< of the answer
    Instant now;
  };

  Answer on(const krpc::Ping& query, Asker& asker);
  Answer on(const krpc::FindNode& query, Asker& asker);
  Answer on(const krpc::GetPeers& query, Asker& asker);
  Answer on(const krpc::AnnouncePeer& query, Asker& asker);
  Answer on(const krpc::Get& query, Asker& asker);
  Answer on(const krpc::Put& query, Asker& asker);
  Answer on(const krpc::SampleInfohashes& query, Asker& asker);
  Answer on(const krpc::Refused& query, Asker& asker);

  void add_contacts(krpc::Response& out, const NodeId& target, const krpc::Want& want,
                    const Asker& asker) const;
  Buffer token_for(const Asker& asker) const;
  bool may_have_value(Asker& asker, std::size_t value_bytes);
  const std::vector<Sha1>& sample(Instant now);

  Family family_;
  Tokens tokens_;
  SourceLimits limits_;
  PeerStore peers_;
  ItemStore items_;
  Pacer stranger_values_{stranger_values, stranger_values_burst};
  std::vector<Sha1> sample_;
  std::optional<Instant> sampled_;
};

}  // namespace seed::dht
