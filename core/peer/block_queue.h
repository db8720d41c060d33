// BlockQueue: blocks in the order they were added, each once.
//
// Whether a block is there is O(1) in nearly every case, for each request and each block that comes
// asks it; taking the front is O(1), taking another O(n), which is rare: blocks come mostly in the
// order they were asked for. An empty queue that was never used holds no memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/piece.h"

namespace seed::peer {

class BlockQueue {
 public:
  struct Entry {
    BlockRef block;
    Instant since;
    bool operator==(const Entry&) const = default;
  };

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool contains(const BlockRef& block) const;

  /// `block` is not there yet.
  void add(const BlockRef& block, Instant since);
  /// Since when it was there; nothing when it was not.
  std::optional<Instant> take(const BlockRef& block);
  /// Takes out all for which `goes(block)` is true, in their order.
  template <typename Goes>
  std::vector<BlockRef> take_if(Goes&& goes) {
    std::vector<BlockRef> taken;
    for (const auto& entry : *this)
      if (goes(entry.block)) taken.push_back(entry.block);
    for (const auto& block : taken) take(block);
    return taken;
  }

 private:
  /// Entries with each hash: none says that a block is not there.
  using Marks = std::array<std::uint16_t, 1024>;

  static std::size_t mark_of(const BlockRef& block) {
    return BlockRefHash{}(block) % std::tuple_size_v<Marks>;
  }
  std::vector<Entry>::const_iterator find(const BlockRef& block) const;

  Fifo<Entry> entries_;
  std::unique_ptr<Marks> marks_;
};

}  // namespace seed::peer
