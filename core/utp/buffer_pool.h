// BufferPool: buffers of one size that are used again and again, so that a packet costs no
// allocation; and the Budget that several pools share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace seed::utp {

/// Octets of all pools together that may be in use.
class Budget {
 public:
  explicit Budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  bool take(std::size_t bytes) {
    if (bytes > bytes_max_ - used_) return false;
    used_ += bytes;
    return true;
  }
  void give(std::size_t bytes) { used_ -= bytes; }
  std::size_t used() const { return used_; }
  std::size_t free() const { return bytes_max_ - used_; }
  /// A quarter is kept for what comes in order and for what we send: without it, what comes out of
  /// order could take all, and what would set it free could not come any more.
  bool scarce() const { return used_ >= bytes_max_ - bytes_max_ / 4; }

 private:
  std::size_t bytes_max_;
  std::size_t used_ = 0;
};

class BufferPool {
 public:
  /// Kept when they are not in use; more are given back to the system.
  static constexpr std::size_t kept_bytes_max = 4u << 20;

  struct Giver {
    BufferPool* pool = nullptr;
    void operator()(std::uint8_t* octets) const { pool->give(octets); }
  };
  /// Goes back to its pool, which outlives it.
  using Buffer = std::unique_ptr<std::uint8_t[], Giver>;

  BufferPool(std::size_t buffer_bytes, Budget& budget)
      : buffer_bytes_(buffer_bytes), budget_(budget) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  std::size_t buffer_bytes() const { return buffer_bytes_; }
  const Budget& budget() const { return budget_; }
  /// Memory beside the buffers that counts too. False: there is no room for it.
  bool charge(std::size_t bytes) { return budget_.take(bytes); }
  void discharge(std::size_t bytes) { budget_.give(bytes); }
  /// Its octets are whatever they were; null when the budget is used up.
  Buffer take() {
    if (!budget_.take(buffer_bytes_)) return Buffer(nullptr, {this});
    if (free_.empty()) return Buffer(new std::uint8_t[buffer_bytes_], {this});
    Buffer out(free_.back().release(), {this});
    free_.pop_back();
    return out;
  }

 private:
  void give(std::uint8_t* octets) {
    budget_.give(buffer_bytes_);
    std::unique_ptr<std::uint8_t[]> owned(octets);
    if (free_.size() * buffer_bytes_ < kept_bytes_max) free_.push_back(std::move(owned));
  }

  std::size_t buffer_bytes_;
  Budget& budget_;
  std::vector<std::unique_ptr<std::uint8_t[]>> free_;
};

}  // namespace seed::utp
