// PeerStore: the peers that others announced to us, by info-hash (BEP 5, "announce_peer"), with
// what BEP 33 counts and what BEP 51 samples. One for each family.
//
// Under one info-hash an address stands once (BEP 33, "Changed announce accounting"); its port, its
// seed flag and its age are those of the last announce. (On our own network each endpoint stands:
// see core/dht/holder.h.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/bloom_filter.h"

namespace seed::dht {

class PeerStore {
 public:
  /// Announces in all, up to 10 MiB: a node of a network of ten million gets far fewer.
  /// Beyond: the oldest gives way.
  static constexpr std::size_t announces_max = 32'768;
  /// Peers of one info-hash: as others keep, and of which one answer takes 50. Beyond: the oldest
  /// of them gives way.
  static constexpr std::size_t peers_per_hash_max = 500;
  /// Info-hashes of one source, a holder: only a few of even 10,000 torrents of one client are near
  /// one node. Beyond: refused.
  static constexpr std::size_t hashes_per_source_max = 128;
  /// Addresses of one source under one info-hash: computers of one household, in one IPv6 /64.
  /// Beyond: its oldest gives way.
  static constexpr std::size_t peers_per_source_max = 8;
  /// An announce is good for that long. Clients announce every 15 to 30 minutes, in parts of which
  /// some are lost; libtorrent keeps 45 minutes, jech's DHT 32.
  static constexpr Duration lifetime = 45min;

  explicit PeerStore(Rng rng) : rng_(rng) {}

  /// False when that source has too many info-hashes. `peer` is the address of the sender with the
  /// port that it announced; the token was checked.
  bool announce(const Sha1& info_hash, const Endpoint& peer, bool seed, Instant now);
  /// Forgets what is too old. The calls below tell of what is there, so call it before them.
  void expire(Instant now);
  /// When expire() has something to do; `never` when it is empty.
  Instant deadline() const;

  /// At most `count` of the peers, by dice; with `noseed` none that are seeds (BEP 33).
  std::vector<Endpoint> peers(const Sha1& info_hash, std::size_t count, bool noseed);
  bool knows(const Sha1& info_hash) const { return torrents_.contains(info_hash); }
  /// Seeds and others, for BFsd and BFpe.
  struct Filters {
    BloomFilter seeds;
    BloomFilter peers;
    bool operator==(const Filters&) const = default;
  };
  /// Both empty when the info-hash is not known.
  Filters filters(const Sha1& info_hash) const;
  /// At most `count` info-hashes by dice, none twice (BEP 51).
  std::vector<Sha1> sample(std::size_t count);

  /// Announces and info-hashes that are there.
  std::size_t announces() const { return order_.size(); }
  std::size_t hashes() const { return torrents_.size(); }
  /// Peers of one info-hash.
  std::size_t peers_of(const Sha1& info_hash) const;

 private:
  /// Ages: the smaller the older.
  using Serial = std::uint64_t;
  struct Announce {
    Endpoint peer;
    Endpoint holder;  ///< who is counted for it
    Serial serial = 0;
    bool seed = false;
  };
  struct Torrent {
    std::vector<Announce> announces;  ///< the oldest first
    std::size_t row = 0;              ///< in hashes_
  };
  struct Aged {
    Sha1 info_hash;
    Instant at{};
  };

  Torrent& torrent_of(const Sha1& info_hash);
  static std::size_t announces_of(const Torrent& torrent, const Endpoint& holder);
  static std::optional<Serial> gives_way(const Torrent& torrent, const Announce& newcomer);
  void drop(Serial serial);
  void drop_torrent(const Sha1& info_hash);

  Rng rng_;
  std::unordered_map<Sha1, Torrent, DigestHash> torrents_;
  std::vector<Sha1> hashes_;  ///< of torrents_, to draw from
  std::map<Serial, Aged> order_;
  Serial next_serial_ = 0;
  /// Info-hashes by source; one that has two addresses under a hash counts once.
  std::unordered_map<Endpoint, std::size_t, EndpointHash> hashes_of_;
};

}  // namespace seed::dht
