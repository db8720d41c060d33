#include "core/peer/peer_requests.h"

#include <algorithm>

#include "core/base/limits.h"

namespace seed::peer {

bool PeerRequests::contains(const BlockRef& block) const {
  return std::ranges::find(blocks_, block) != blocks_.end();
}

PeerRequests::Added PeerRequests::add(const BlockRef& block) {
  if (contains(block)) return Added::there_already;
  if (blocks_.size() >= limits::peer_requests_max) return Added::full;
  blocks_.push_back(block);
  return Added::yes;
}

bool PeerRequests::take(const BlockRef& block) {
  const auto found = std::ranges::find(blocks_, block);
  if (found == blocks_.end()) return false;
  blocks_.erase(found);
  return true;
}

}  // namespace seed::peer
