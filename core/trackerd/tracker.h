// Tracker: the embedded tracker without its sockets: who is in which swarm, which torrents it is
// for, and what is answered to an announce and a scrape, whatever protocol they came by.
//
// udp_answers.h and http_answers.h are its two languages: they read a request, ask here and write
// the answer. Nothing is sent by itself, so there are no events to drain.
//
// Who announces again before the min interval is over, and nothing has happened to it, is answered
// as ever but with few peers: opentracker gives all of them again, so that a client which asks each
// minute is served best. None at all would hurt who lost the first answer.
// Refusing would make some clients stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/trackerd/access_list.h"
#include "core/trackerd/connection_ids.h"
#include "core/trackerd/keyed_hash.h"
#include "core/trackerd/stats.h"
#include "core/trackerd/swarm_store.h"

namespace seed::trackerd {

/// For the client, in words.
std::string_view text_of(Refusal refusal);

class Tracker {
 public:
  /// Peers in one answer when the client does not say: what clients ask for (BEP 3's own: 50).
  static constexpr std::size_t peers_default = 50;
  /// What opentracker gives at most; with IPv4 they fill a datagram. Beyond: so many.
  static constexpr std::size_t peers_max = 200;
  /// For who comes too early.
  static constexpr std::size_t peers_early = 10;
  /// Bounds of the interval: peers' ages are told apart up to 18 hours, see PeerList.
  static constexpr Duration interval_min = 1min;
  static constexpr Duration interval_max = 6h;

  struct Options {
    /// How often clients announce; customary. Cut to the bounds above.
    Duration interval = 30min;
    /// How often they may: who lacks peers in a young swarm need not wait for half an hour. At most
    /// the interval.
    Duration min_interval = 5min;
    bool nearest_first = false;
    bool listed_only = false;
    /// Whether who asks from our own network may announce another address than its own: what we see
    /// is its address behind the router that we share, which is of no use to others. Off where a
    /// proxy of our own hands on what strangers ask.
    bool private_name_addresses = true;
    SwarmStore::Bounds bounds;
    bool operator==(const Options&) const = default;
  };

  /// `secret` is from entropy: connection ids are made with it.
  Tracker(const KeyedHash::Key& secret, Rng rng, const Options& options);

  /// Takes effect for what comes next.
  void set_options(const Options& options);
  const Options& options() const { return options_; }
  AccessList& access() { return access_; }
  const ConnectionIds& connection_ids() const { return ids_; }

  struct Ask {
    Announce announce;
    std::optional<std::size_t> peers;  ///< peers_default without, peers_max at most
    std::size_t room = peers_max;      ///< what the protocol has room for
    bool both_families = false;
    bool ids = false;
  };
  struct Answer {
    Duration interval{};  ///< the interval, or up to a tenth less so that clients do not go in step
    Duration min_interval{};
    const Told* told = nullptr;  ///< until the next announce()
  };
  std::expected<Answer, Refusal> announce(const Ask& ask, Protocol protocol, Instant now);
  /// Zeros for a swarm that is not there or not listed.
  SwarmCounts scrape(const Sha1& info_hash);

  /// Drops who was not heard of for an interval and a half: an announce that comes late by half of
  /// one, or is lost and sent again for ten minutes, costs nobody his place.
  void on_deadline(Instant now) { store_.on_deadline(now); }
  /// `never` while nobody is there.
  Instant deadline() const { return store_.deadline(); }

  /// Where the protocols count.
  RequestCounts& counts(Protocol protocol, Family family);
  void count_trouble(Protocol protocol, Family family, Trouble trouble);
  Stats stats() const;

 private:
  Options options_;
  AccessList access_;
  ConnectionIds ids_;
  Rng rng_;
  SwarmStore store_;
  Stats stats_;
  Told told_;
};

}  // namespace seed::trackerd
