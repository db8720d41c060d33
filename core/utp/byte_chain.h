// ByteChain: octets received in order, in large buffers, so that many packets are read as one run.
#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/base/fifo.h"
#include "core/utp/buffer_pool.h"

namespace seed::utp {

class ByteChain {
 public:
  explicit ByteChain(BufferPool& pool) : pool_(pool) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// False, and nothing is done, when the pool has no room for all of it. `bytes` are less than one
  /// buffer.
  bool append(Bytes bytes);
  /// The first run; empty when there is none. Holds until the chain is next changed.
  MutableBytes front();
  /// `count` at most front().size().
  void consume(std::size_t count);
  void clear();

 private:
  struct Part {
    BufferPool::Buffer buffer;
    std::size_t begin = 0, end = 0;
  };
  BufferPool& pool_;
  Fifo<Part> parts_;
  std::size_t size_ = 0;
};

}  // namespace seed::utp
