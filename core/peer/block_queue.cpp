#include "core/peer/block_queue.h"

#include <algorithm>

namespace seed::peer {

std::vector<BlockQueue::Entry>::const_iterator BlockQueue::find(const BlockRef& block) const {
  if (!marks_ || (*marks_)[mark_of(block)] == 0) return end();
  return std::find_if(begin(), end(), [&](const Entry& entry) { return entry.block == block; });
}

bool BlockQueue::contains(const BlockRef& block) const { return find(block) != end(); }

void BlockQueue::add(const BlockRef& block, Instant since) {
  if (!marks_) marks_ = std::make_unique<Marks>();
  entries_.push_back({block, since});
  ++(*marks_)[mark_of(block)];
}

std::optional<Instant> BlockQueue::take(const BlockRef& block) {
  const auto found = find(block);
  if (found == end()) return std::nullopt;
  const Instant since = found->since;
  --(*marks_)[mark_of(block)];
  if (found == begin()) {
    entries_.pop_front();
  } else {
    entries_.erase(found);
  }
  return since;
}

}  // namespace seed::peer
