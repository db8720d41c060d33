// Block: up to 16 KiB of payload that moves without copies between wire, memory, job and file.
//
// Move only. In front of the payload is room for one message header, so that a block can go out as
// a `piece` message in one run of octets. Blocks come from the heap in one size: the allocator
// serves them from its free list, on any thread (core/base/block.cpp says what was measured).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/piece.h"

namespace seed {

class Block {
 public:
  /// Octets of head room in front of the payload: a `piece` header is 13 (BEP 3).
  static constexpr std::uint32_t headroom = 64;

  Block() = default;
  /// What is moved from is empty.
  Block(Block&& other) noexcept
      : storage_(std::move(other.storage_)), size_(std::exchange(other.size_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    storage_ = std::move(other.storage_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  /// A block with `size` octets of payload, not zeroed; `size` at most block_size.
  static Block of_size(std::uint32_t size);
  static Block copy_of(Bytes payload);

  explicit operator bool() const { return storage_ != nullptr; }
  std::uint32_t size() const { return size_; }
  MutableBytes bytes() { return {storage_.get() + headroom, size_}; }
  Bytes bytes() const { return {storage_.get() + headroom, size_}; }
  /// The last `count` octets of head room and the payload behind them, as one run; `count` at most
  /// `headroom`. The head room's content is whatever was written there.
  MutableBytes with_header(std::uint32_t count) {
    return {storage_.get() + headroom - count, size_ + count};
  }

 private:
  struct Free {
    void operator()(std::uint8_t* octets) const { ::operator delete(octets); }
  };
  std::unique_ptr<std::uint8_t[], Free> storage_;
  std::uint32_t size_ = 0;
};

}  // namespace seed
