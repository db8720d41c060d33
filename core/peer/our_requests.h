// OurRequests: what we asked a peer for and have not got, in the order it was sent, and how many
// blocks may still come though we took them back.
//
// Bounds: limits::our_requests_max entries. Blocks come mostly in the order they were asked for, so
// that finding one is O(1) where it matters.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "core/base/instant.h"
#include "core/base/piece.h"

namespace seed::peer {

class OurRequests {
 public:
  struct Entry {
    BlockRef block;
    Instant sent;
    bool operator==(const Entry&) const = default;
  };

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool contains(const BlockRef& block) const;
  /// When the oldest was sent.
  std::optional<Instant> oldest() const;

  /// `block` is not there yet.
  void add(const BlockRef& block, Instant now);
  /// It came or was refused; false when it is not there.
  bool take(const BlockRef& block);
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
  std::deque<Entry>::const_iterator find(const BlockRef& block) const;

  std::deque<Entry> entries_;
  std::size_t late_ = 0;  ///< taken back, and neither come nor refused
  std::size_t strays_ = 0;
};

}  // namespace seed::peer
