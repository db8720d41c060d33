// The part of SwarmStore that drops who was not heard of for too long.
#include <algorithm>
#include <utility>

#include "core/trackerd/swarm_store.h"

namespace seed::trackerd {

void SwarmStore::on_deadline(Instant now) {
  if (now < deadline()) return;
  const std::size_t rows = blocks_.size() * rows_in_block;
  for (std::size_t work = sweep_work_max; work > 0 && swept_.slot < rows && swarms_ > 0; --work)
    sweep_one(now);
  if (swept_.slot >= rows) swept_ = sweep_begin;
  // All within sweep_time, in turns that are as far apart as they can be.
  const std::size_t all = 2 * rows + totals_.peers[0] + totals_.peers[1];
  const std::size_t turns = (all + sweep_work_max - 1) / sweep_work_max;
  sweep_at_ = now + sweep_time / static_cast<std::int64_t>(turns);
}

/// Looks at a peer, or goes on to the next list, or block.
void SwarmStore::sweep_one(Instant now) {
  if (!blocks_[swept_.slot / rows_in_block].rows) {
    swept_ = {static_cast<Slot>((swept_.slot / rows_in_block + 1) * rows_in_block), Family::v4,
              HashIndex::no_value};
    return;
  }
  const PeerList& list = list_of(swept_.slot, swept_.family);
  swept_.at = std::min(swept_.at, list.size());
  if (swept_.at == 0) {
    const bool both = swept_.family == Family::v6;
    swept_ = {both ? swept_.slot + 1 : swept_.slot, both ? Family::v4 : Family::v6,
              HashIndex::no_value};
    return;
  }
  --swept_.at;
  if (list.age(swept_.at, now) < timeout_) return;
  ++totals_.expired;
  // A copy: with the last of all peers the sweep goes back to its beginning.
  remove_peer(Place(swept_));
}

}  // namespace seed::trackerd
