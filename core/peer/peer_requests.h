// PeerRequests: what a peer asked of us and has not got, in the order it came.
//
// Bounds: `most` entries, as the peer was told (BEP 10, reqq); beyond: not taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/peer/block_queue.h"

namespace seed::peer {

class PeerRequests {
 public:
  enum class Added : std::uint8_t { yes, there_already, full };

  explicit PeerRequests(std::size_t most) : most_(most) {}

  std::size_t size() const { return queue_.size(); }
  bool empty() const { return queue_.empty(); }
  auto begin() const { return queue_.begin(); }
  auto end() const { return queue_.end(); }
  bool contains(const BlockRef& block) const { return queue_.contains(block); }

  Added add(const BlockRef& block, Instant now);
  /// False when it is not there.
  bool take(const BlockRef& block) { return queue_.take(block).has_value(); }
  /// Takes out all for which `goes(block)` is true, in their order.
  template <typename Goes>
  std::vector<BlockRef> take_if(Goes&& goes) {
    return queue_.take_if(std::forward<Goes>(goes));
  }

 private:
  BlockQueue queue_;
  std::size_t most_;
};

}  // namespace seed::peer
