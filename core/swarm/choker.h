// Choker: whom we upload to (BEP 3, "choking and optimistic unchoking"). A policy: facts in, list
// out; what must be remembered between rounds is in ChokeState.
//
// While we download: tit for tat. Slots go to the interested peers that sent us most over 20 s; one
// slot is optimistic and moves every 30 s, to new peers three times as likely. A peer that sent
// nothing for 60 s while we wanted something from it has no claim to a regular slot; those that
// nobody earns are given in turns, as a seed gives.
// While we seed: turns. A turn ends after `turn_max` or `turn_bytes_max`, at once when the peer
// does not use it; whoever had fewest turns is next, and among those the one that took data
// fastest. A round is every 10 s; between rounds slots that fell free are filled and nobody loses
// one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"

namespace seed::swarm {

inline constexpr Duration choke_round = 10s;
inline constexpr Duration optimistic_turn = 30s;
inline constexpr Duration snubbed_after = 60s;
/// Connected for less than this: a new peer, three times as likely to be unchoked optimistically.
inline constexpr Duration new_peer_age = 3min;
inline constexpr std::uint64_t new_peer_weight = 3;
/// A seed's turn.
inline constexpr Duration turn_max = 60s;
inline constexpr std::uint64_t turn_bytes_max = 64u << 20;
/// A turn in which this little was taken after `turn_idle_after` is not used.
inline constexpr Duration turn_idle_after = 20s;
inline constexpr std::uint64_t turn_idle_bytes = 16 * 1024;

/// One link, as the choker needs to see it.
struct ChokeFacts {
  LinkId link;
  bool interested = false;         ///< it is interested in us
  bool unchoked = false;           ///< we have it unchoked now
  bool upload_only = false;        ///< BEP 21, or it has everything: never unchoked
  std::uint64_t rate_to_us = 0;    ///< payload bytes a second over RateMeter::window_max
  std::uint64_t rate_from_us = 0;  ///< payload bytes a second over RateMeter::window_max
  std::uint64_t uploaded = 0;      ///< payload bytes sent to it since it connected
  Instant connected_at{};
  /// Since when we are interested in it without a break; `never` while we are not.
  Instant wanting_since = never;
  Instant last_block_at{};  ///< when it last sent a block; the epoch if it never did
};

struct ChokeTerms {
  std::size_t slots = 0;
  bool seeding = false;  ///< nothing wanted is missing
};

/// What the rounds remember. Empty at the start; links that are gone are forgotten by themselves.
struct ChokeState {
  struct Turn {
    LinkId link;
    Instant began = never;            ///< `never` while it has no slot
    std::uint64_t uploaded_then = 0;  ///< facts.uploaded when the turn began
    bool given = false;               ///< as its turn; else it has the slot for what it sends
    std::uint32_t turns = 0;          ///< given and finished
    std::uint64_t speed = 0;          ///< bytes a second in its last turn; a newcomer's is unknown
    bool had_turn = false;
  };
  Instant next_round{};  ///< when plan_unchokes is due anyway
  LinkId optimistic;
  Instant optimistic_until{};
  std::vector<Turn> turns;  ///< sorted by link
  /// What a newcomer starts from, and who took no part in the turns goes on from.
  std::uint32_t turns_floor = 0;
};

/// True when it sent nothing for snubbed_after although we wanted something.
bool snubbed(const ChokeFacts& facts, Instant now);

/// Whom to have unchoked from now on, at most `terms.slots`, sorted by id; choke all others. Call
/// at state.next_round, and at once when an unchoked peer left or lost interest, a peer became
/// interested while a slot is free, or the slots changed.
std::vector<LinkId> plan_unchokes(std::span<const ChokeFacts> facts, const ChokeTerms& terms,
                                  Instant now, Rng& rng, ChokeState& state);

}  // namespace seed::swarm
