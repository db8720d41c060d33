#include "core/utp/byte_chain.h"

#include <algorithm>

#include "core/base/check.h"

namespace seed::utp {

bool ByteChain::append(Bytes bytes) {
  SEED_CHECK(bytes.size() < pool_.buffer_bytes());
  const std::size_t room = parts_.empty() ? 0 : pool_.buffer_bytes() - parts_.back().end;
  BufferPool::Buffer fresh;
  if (room < bytes.size()) {
    fresh = pool_.take();
    if (!fresh) return false;
  }
  size_ += bytes.size();
  const Bytes head = bytes.first(std::min(room, bytes.size()));
  if (!head.empty()) {
    Part& last = parts_.back();
    std::copy(head.begin(), head.end(), last.buffer.get() + last.end);
    last.end += head.size();
  }
  if (!fresh) return true;
  const Bytes tail = bytes.subspan(head.size());
  std::copy(tail.begin(), tail.end(), fresh.get());
  parts_.push_back({std::move(fresh), 0, tail.size()});
  return true;
}

MutableBytes ByteChain::front() {
  if (parts_.empty()) return {};
  Part& first = parts_.front();
  return {first.buffer.get() + first.begin, first.end - first.begin};
}

void ByteChain::consume(std::size_t count) {
  if (count == 0) return;
  SEED_CHECK(!parts_.empty());
  Part& first = parts_.front();
  SEED_CHECK(count <= first.end - first.begin);
  first.begin += count;
  size_ -= count;
  if (first.begin == first.end) parts_.pop_front();
}

void ByteChain::clear() {
  parts_.clear();
  size_ = 0;
}

}  // namespace seed::utp
