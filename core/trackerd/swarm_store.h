// SwarmStore: who is in which swarm, as peers told the tracker (BEP 3, "Trackers"), IPv4 and IPv6.
//
//   info-hash --by_hash_--> slot of a Swarm --> two PeerLists     28 or 40 octets a peer
//   swarm and source --of_swarm_--> positions in its lists         8 octets a peer, and their room
//   source --of_source_--> how many it has in all                  8 octets a source
//
// A source is an IPv4 address, a public IPv6 /64 or a private IPv6 address: whoever has the one
// has the others (base's same_holder). As a swarm's peers are found by their source, those of one
// source lie together: its bound is kept without a count, and one that comes back with its peer id
// at another port, or another address of the /64, takes its own old place. One that comes back at
// quite another address is another peer until the old place is too old: BEP 15's `key` would tell,
// but to find who has it takes a table more.
//
// A swarm is there while it has peers; its count of downloads goes with it. (Kept counts would let
// anybody fill the store with swarms in which nobody is.)
//
// Peers that were not heard of for `timeout` are dropped by a sweep that begins anew each minute
// and does sweep_work_max a call, so they may stay for a minute more. Nothing else is O(peers).
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/trackerd/choice.h"
#include "core/trackerd/hash_index.h"
#include "core/trackerd/keyed_hash.h"
#include "core/trackerd/peer_list.h"

namespace seed::trackerd {

inline Family family_of(const IpAddress& address) {
  return address.is_v4() ? Family::v4 : Family::v6;
}

/// The numbers are BEP 15's.
enum class Event : std::uint8_t { none = 0, completed = 1, started = 2, stopped = 3 };

struct Announce {
  Sha1 info_hash;  ///< of 20 octets; a v2 one is cut short (BEP 52)
  PeerId peer_id;
  Endpoint peer;  ///< its address, and the port where it takes links; not 0
  Event event = Event::none;
  bool seed = false;  ///< nothing is left to download
};

/// Why an announce was not taken.
enum class Refusal : std::uint8_t { not_listed, swarms_full, peers_full, source_full };

/// Of one swarm, both families together. A peer that announces over both counts twice.
struct SwarmCounts {
  std::uint32_t seeds = 0;
  std::uint32_t leechers = 0;
  std::uint32_t downloads = 0;  ///< `completed` events, each peer's once
  bool operator==(const SwarmCounts&) const = default;
};

/// What is told to one that announces. Its buffers may be used again and again.
struct Told {
  SwarmCounts counts;  ///< with the asker
  Buffer peers4;       ///< compact, 6 octets each (BEP 23)
  Buffer peers6;       ///< compact, 18 octets each (BEP 7)
  Buffer ids4;         ///< 20 octets for each of peers4, if wanted
  Buffer ids6;

  void clear();
};

class SwarmStore {
 public:
  /// Of one call of on_deadline, in peers and lists looked at: 0.5 ms if all must go.
  static constexpr std::size_t sweep_work_max = 1024;
  /// How long one sweep takes: short, beside a timeout of 45 min.
  static constexpr Duration sweep_time = 60s;
  /// To find an old one where the oldest need not be known: of eight by dice.
  static constexpr std::size_t victims_drawn = 8;

  struct Bounds {
    /// All peers, 50 MiB of IPv4 or 63 of IPv6; ten times what a tracker of one site has. Beyond:
    /// newcomers are refused, so that a flood does not drive out who is there.
    std::size_t peers_max = 1'000'000;
    /// All swarms: as many as peers, 160 MiB with one peer in each. Beyond: announces of new ones
    /// are refused.
    std::size_t swarms_max = 1'000'000;
    /// Of one swarm and family; far more than large ones have. Beyond: the oldest of some drawn by
    /// dice gives way.
    std::size_t peers_per_swarm_max = 250'000;
    /// Peers of one source in all swarms: a seedbox with 20,000 torrents; of such, 50 fill the
    /// store. Beyond: refused.
    std::size_t peers_per_source_max = 20'000;
    /// Of one source in one swarm: computers behind one router. Beyond: its oldest there gives way.
    std::size_t peers_per_source_in_swarm_max = 16;
    /// The same of a private source: some proxy or container host of our own.
    std::size_t peers_per_private_source_in_swarm_max = 256;
    bool operator==(const Bounds&) const = default;
  };

  /// What one that announces wants to hear.
  struct Wanted {
    std::size_t peers = 50;
    /// If it was heard of less than so long ago, and no event has occurred.
    Duration early = Duration(0);
    std::size_t peers_if_early = 0;
    bool both_families = false;  ///< those of its own first; else none of the other
    bool ids = false;
    bool nearest_first = false;
  };

  SwarmStore(const KeyedHash::Key& secret, Rng rng, const Bounds& bounds);

  /// Takes effect for what comes next.
  void set_bounds(const Bounds& bounds) { bounds_ = bounds; }
  /// An age at which peers are dropped; less than PeerList::tick_span by sweep_time twice.
  void set_timeout(Duration timeout) { timeout_ = timeout; }

  /// Replaces `told`. True when it was early. A `stopped` is told the counts alone.
  std::expected<bool, Refusal> announce(const Announce& announce, const Wanted& wanted, Instant now,
                                        Told& told);
  /// Zeros for a swarm that is not there.
  SwarmCounts counts(const Sha1& info_hash);

  void on_deadline(Instant now);
  /// `never` when it is empty.
  Instant deadline() const { return swarms_ == 0 ? never : sweep_at_; }

  struct Totals {
    std::size_t swarms = 0;
    std::array<std::size_t, 2> peers{};  ///< by Family, seeds too
    std::array<std::size_t, 2> seeds{};
    std::uint64_t expired = 0;   ///< peers so far that were too old
    std::uint64_t replaced = 0;  ///< and that gave way to others
    bool operator==(const Totals&) const = default;
  };
  Totals totals() const;

 private:
  using Slot = std::uint32_t;
  using Position = PeerList::Position;

  struct Swarm {
    Sha1 info_hash;
    std::uint32_t downloads = 0;
    std::array<PeerList, 2> lists{PeerList(Family::v4), PeerList(Family::v6)};

    bool empty() const { return lists[0].empty() && lists[1].empty(); }
  };
  /// One peer's place: in a list of the swarm in that slot.
  struct Place {
    Slot slot = 0;
    Family family = Family::v4;
    Position at = 0;
  };
  /// Where a peer, or one of its source that has to give way to it, is.
  struct Found {
    std::optional<Position> itself;
    std::optional<Position> gives_way;
  };
  /// Rows of swarms, none of which ever moves; there are none while none of them is in use.
  static constexpr std::size_t rows_in_block = 256;
  struct Block {
    std::unique_ptr<Swarm[]> rows;
    std::bitset<rows_in_block> in_use;
  };

  Swarm& swarm(Slot slot) { return blocks_[slot / rows_in_block].rows[slot % rows_in_block]; }
  PeerList& list_of(Slot slot, Family family);
  Slot find_swarm(const Sha1& info_hash);
  Slot add_swarm(const Sha1& info_hash);
  void drop_swarm(Slot slot);

  std::uint64_t hash_in_swarm(Slot slot, Bytes source) const;
  Found find_peer(Slot slot, const Announce& announce, Instant now);
  std::optional<Refusal> admit(const Announce& announce, Slot slot, const Found& found,
                               Instant now);
  std::size_t peers_of_source(Bytes source);
  void count_source(Bytes source, bool more);
  Position old_one(const PeerList& list, Instant now);

  Position add_peer(Slot slot, const Announce& announce, PeerList::Stamp stamp);
  Position renew_peer(Slot slot, const Announce& announce, Position at, Instant now);
  void remove_peer(const Place& place);
  void follow(const Place& place, Position from);
  void count_download(Slot slot, Family family, Position at, const Announce& announce);

  void tell(Slot slot, const Announce& announce, const Wanted& wanted, std::size_t count,
            Told& told);
  std::size_t tell_list(const PeerList& list, Choice choice, bool ids, Buffer& peers,
                        Buffer& out_ids);
  SwarmCounts counts_of(Slot slot);
  void sweep_one(Instant now);

  KeyedHash hash_;
  Rng rng_;
  Bounds bounds_;
  Duration timeout_{};

  std::vector<Block> blocks_;
  std::size_t room_from_ = 0;  ///< all blocks before it are full
  HashIndex by_hash_;
  HashIndex of_swarm_;
  HashIndex of_source_;
  std::size_t swarms_ = 0;
  Totals totals_;

  /// The sweep has looked at all before the list of that place, and in it at all from `at` on: it
  /// goes down each list, so that what is moved into a gap was looked at.
  static constexpr Place sweep_begin{0, Family::v4, HashIndex::no_value};
  Place swept_ = sweep_begin;
  Instant sweep_at_ = never;
  std::vector<Position> chosen_;
};

}  // namespace seed::trackerd
