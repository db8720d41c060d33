// Choice: which peers of a list are told to one that asks. A policy: facts in, positions out.
//
// By dice, or those first whose addresses are near: of the same /24 or /48, then of the same /16 or
// /32, then the others. Addresses say little of distance, but the near ones are often of one
// provider or one building, where traffic is fast and free.
//
// By dice the list is cut into as many parts as are wanted and one of each is drawn, which is as
// fair to each peer as drawing one after the other, gives nobody twice and costs O(wanted). By
// nearness at most looked_at_max in a row are looked at, from anywhere on; so by dice where too
// many of those drawn may not be told.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "core/trackerd/peer_list.h"

namespace seed::trackerd {

struct Choice {
  /// Of a list that is looked through: 3 us of work. Beyond: nearer ones may be missed.
  static constexpr std::size_t looked_at_max = 1000;

  std::size_t wanted = 0;  ///< at most so many
  bool seeds = true;       ///< a seed has no use for others
  /// Peers of local networks: of use to those in them alone, and nobody else's business.
  bool private_too = false;
  /// Its peer id: neither it is told, nor what it has announced from another address.
  Bytes asker{};
  /// The address that asks, to go by nearness; empty to go by dice.
  Bytes near{};
};

/// Replaces what is in `out`.
void choose(const PeerList& list, const Choice& choice, Rng& rng,
            std::vector<PeerList::Position>& out);

}  // namespace seed::trackerd
