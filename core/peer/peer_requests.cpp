#include "core/peer/peer_requests.h"

namespace seed::peer {

PeerRequests::Added PeerRequests::add(const BlockRef& block, Instant now) {
  if (contains(block)) return Added::there_already;
  if (size() >= most_) return Added::full;
  queue_.add(block, now);
  return Added::yes;
}

}  // namespace seed::peer
