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
  // The room of what was taken is used again before more is had.
  if (entries_.size() == entries_.capacity() && begin_ > 0) {
    entries_.erase(entries_.begin(), begin());
    begin_ = 0;
  }
  entries_.push_back({block, since});
  ++(*marks_)[mark_of(block)];
}

std::optional<Instant> BlockQueue::take(const BlockRef& block) {
  const auto found = find(block);
  if (found == end()) return std::nullopt;
  const Instant since = found->since;
  --(*marks_)[mark_of(block)];
  if (found == begin()) {
    ++begin_;
  } else {
    entries_.erase(found);
  }
  if (empty()) {
    entries_.clear();
    begin_ = 0;
  }
  return since;
}

}  // namespace seed::peer
