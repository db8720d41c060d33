// ByteQueue: bytes on their way out, front to back. Small messages are copied together; blocks are
// moved in whole and go out by reference.
//
// The queue owns every octet until it is consumed, so a pending write can never see freed memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>

#include "core/base/block.h"
#include "core/base/bytes.h"
#include "core/base/fifo.h"

namespace seed {

class ByteQueue {
 public:
  ByteQueue() = default;
  /// What is moved from is empty and may be used again.
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Copies `bytes` to the end.
  void append(Bytes bytes);
  /// Moves `block` to the end together with the last `header` octets of its head room.
  void append(Block block, std::uint32_t header = 0);
  /// Moves all of `other` to the end.
  void append(ByteQueue&& other);

  /// Fills `out` with views of the front segments, for one gathered write. Returns how many it
  /// filled. The views hold until the queue is next changed.
  std::size_t front(std::span<Bytes> out) const;
  /// Octets in front of the first block: small messages that nothing holds up.
  std::size_t before_block() const;
  /// Drops the first `count` octets; `count` at most size().
  void consume(std::size_t count);
  /// The first `count` octets as a queue of their own; a block is never copied but one that the cut
  /// goes through. `count` at most size().
  ByteQueue take(std::size_t count);
  /// Calls `change` with each segment in order, e.g. to encrypt in place from octet `from` on.
  template <typename Change>
  void transform(std::size_t from, Change&& change) {
    std::size_t at = 0;
    for (auto& segment : segments_) {
      const MutableBytes view = segment.view();
      const std::size_t skip = from > at ? from - at : 0;
      if (skip < view.size()) change(view.subspan(skip));
      at += view.size();
    }
  }
  void clear();

 private:
  struct Segment {
    std::variant<Buffer, Block> owner;
    std::uint32_t header = 0;  ///< octets of a block's head room that go out
    std::size_t begin = 0;     ///< octets already consumed

    MutableBytes view();
    Bytes view() const { return const_cast<Segment*>(this)->view(); }
  };
  Fifo<Segment> segments_;
  std::size_t size_ = 0;
};

}  // namespace seed
