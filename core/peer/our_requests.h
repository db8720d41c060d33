// OurRequests: what we asked a peer for and have not got, in the order it was sent, and how many
// blocks may still come though we took them back.
//
// Bounds: limits::our_requests_max entries.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/peer/block_queue.h"

namespace seed::peer {

class OurRequests {
 public:
  std::size_t size() const { return queue_.size(); }
  bool empty() const { return queue_.empty(); }
  auto begin() const { return queue_.begin(); }
  auto end() const { return queue_.end(); }
  bool contains(const BlockRef& block) const { return queue_.contains(block); }

  /// `block` is not there yet.
  void add(const BlockRef& block, Instant now) { queue_.add(block, now); }
  /// It came or was refused: when it was sent; nothing when it is not there.
  std::optional<Instant> take(const BlockRef& block) { return queue_.take(block); }
  /// We take it back: one more block may come late. False when it is not there.
  bool withdraw(const BlockRef& block);
  /// Takes all back, in their order.
  std::vector<BlockRef> withdraw_all();
  /// A block came that is not there: true when lateness explains it, else it counts as stray.
  bool explain_late();
  /// A refusal came for one that is not there: one block less may come late.
  void refuse_late();
  /// Blocks that came without any explanation.
  std::size_t strays() const { return strays_; }

 private:
  BlockQueue queue_;
  std::size_t late_ = 0;  ///< taken back, and neither come nor refused
  std::size_t strays_ = 0;
};

}  // namespace seed::peer
