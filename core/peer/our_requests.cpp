#include "core/peer/our_requests.h"

#include <algorithm>

namespace seed::peer {

std::deque<OurRequests::Entry>::const_iterator OurRequests::find(const BlockRef& block) const {
  return std::ranges::find(entries_, block, &Entry::block);
}

bool OurRequests::contains(const BlockRef& block) const { return find(block) != entries_.end(); }

std::optional<Instant> OurRequests::oldest() const {
  return entries_.empty() ? std::nullopt : std::optional(entries_.front().sent);
}

void OurRequests::add(const BlockRef& block, Instant now) { entries_.push_back({block, now}); }

bool OurRequests::take(const BlockRef& block) {
  const auto found = find(block);
  if (found == entries_.end()) return false;
  entries_.erase(found);
  return true;
}

bool OurRequests::withdraw(const BlockRef& block) {
  if (!take(block)) return false;
  ++late_;
  return true;
}

std::vector<BlockRef> OurRequests::withdraw_all() {
  std::vector<BlockRef> out;
  out.reserve(entries_.size());
  for (const auto& entry : entries_) out.push_back(entry.block);
  late_ += entries_.size();
  entries_.clear();
  return out;
}

bool OurRequests::explain_late() {
  if (late_ == 0) {
    ++strays_;
    return false;
  }
  --late_;
  return true;
}

void OurRequests::refuse_late() {
  if (late_ != 0) --late_;
}

}  // namespace seed::peer
