// PeerRequests: what a peer asked of us and has not got, in the order it came.
//
// Bounds: limits::peer_requests_max entries; beyond: not taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/piece.h"

namespace seed::peer {

class PeerRequests {
 public:
  enum class Added : std::uint8_t { yes, there_already, full };

  std::size_t size() const { return blocks_.size(); }
  bool empty() const { return blocks_.empty(); }
  auto begin() const { return blocks_.begin(); }
  auto end() const { return blocks_.end(); }
  bool contains(const BlockRef& block) const;

  Added add(const BlockRef& block);
  /// False when it is not there.
  bool take(const BlockRef& block);
  /// Takes out all for which `goes(block)` is true, in their order.
  template <typename Goes>
  std::vector<BlockRef> take_if(Goes&& goes) {
    std::vector<BlockRef> taken;
    std::vector<BlockRef> kept;
    for (const auto& block : blocks_) (goes(block) ? taken : kept).push_back(block);
    blocks_ = std::move(kept);
    return taken;
  }

 private:
  std::vector<BlockRef> blocks_;
};

}  // namespace seed::peer
