#include "core/base/byte_queue.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace seed {
namespace {

/// Room that a segment of small messages begins with: one page holds some 240 requests (BEP 3: 17
/// octets each), more than a link sends in one turn.
constexpr std::size_t small_bytes = 4096;

}  // namespace

MutableBytes ByteQueue::Segment::view() {
  if (auto* buffer = std::get_if<Buffer>(&owner)) return MutableBytes(*buffer).subspan(begin);
  return std::get<Block>(owner).with_header(header).subspan(begin);
}

ByteQueue::ByteQueue(ByteQueue&& other) noexcept
    : segments_(std::move(other.segments_)), size_(std::exchange(other.size_, 0)) {
  other.segments_.clear();
}

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  if (this == &other) return *this;
  segments_ = std::move(other.segments_);
  size_ = std::exchange(other.size_, 0);
  other.segments_.clear();
  return *this;
}

void ByteQueue::append(Bytes bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  // Only into room that is there already: growing would move octets that front() has lent.
  if (!segments_.empty()) {
    if (auto* last = std::get_if<Buffer>(&segments_.back().owner)) {
      const auto count = std::min(bytes.size(), last->capacity() - last->size());
      const auto head = bytes.first(count);
      last->insert(last->end(), head.begin(), head.end());
      bytes = bytes.subspan(count);
      if (bytes.empty()) return;
    }
  }
  Buffer fresh;
  fresh.reserve(std::max(bytes.size(), small_bytes));
  fresh.insert(fresh.end(), bytes.begin(), bytes.end());
  segments_.push_back({std::move(fresh), 0, 0});
}

void ByteQueue::append(Block block, std::uint32_t header) {
  SEED_CHECK(header <= Block::headroom);
  if (!block) return;
  const std::size_t count = std::size_t{header} + block.size();
  if (count == 0) return;
  size_ += count;
  segments_.push_back({std::move(block), header, 0});
}

void ByteQueue::append(ByteQueue&& other) {
  SEED_CHECK(this != &other);
  for (auto& segment : other.segments_) segments_.push_back(std::move(segment));
  size_ += other.size_;
  other.clear();
}

std::size_t ByteQueue::front(std::span<Bytes> out) const {
  const std::size_t count = std::min(out.size(), segments_.size());
  for (std::size_t i = 0; i < count; ++i) out[i] = segments_[i].view();
  return count;
}

std::size_t ByteQueue::before_block() const {
  std::size_t octets = 0;
  for (const auto& segment : segments_) {
    if (std::holds_alternative<Block>(segment.owner)) break;
    octets += segment.view().size();
  }
  return octets;
}

void ByteQueue::consume(std::size_t count) {
  SEED_CHECK(count <= size_);
  size_ -= count;
  while (count > 0) {
    auto& first = segments_.front();
    const std::size_t there = first.view().size();
    if (count < there) {
      first.begin += count;
      return;
    }
    count -= there;
    segments_.pop_front();
  }
}

ByteQueue ByteQueue::take(std::size_t count) {
  SEED_CHECK(count <= size_);
  ByteQueue out;
  while (out.size_ < count) {
    auto& first = segments_.front();
    const MutableBytes view = first.view();
    const std::size_t wanted = count - out.size_;
    if (wanted < view.size()) {
      out.append(Bytes(view.first(wanted)));
      first.begin += wanted;
      size_ -= wanted;
      break;
    }
    out.size_ += view.size();
    size_ -= view.size();
    out.segments_.push_back(std::move(first));
    segments_.pop_front();
  }
  return out;
}

void ByteQueue::clear() {
  segments_.clear();
  size_ = 0;
}

}  // namespace seed
