// Fifo: a queue in one run of memory, that takes none while it was never used.
//
// std::deque holds 600 octets even when it is empty; with three in each torrent and each link at
// rest that is more than all else they have. Taking the front is O(1), adding is amortised O(1),
// taking from the middle O(n).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace seed {

template <typename T>
class Fifo {
 public:
  /// Room for so many is kept when the queue runs empty, more is given back.
  static constexpr std::size_t kept_max = 64;

  Fifo() = default;
  /// What is moved from is empty and may be used again.
  Fifo(Fifo&& other) noexcept
      : items_(std::move(other.items_)), head_(std::exchange(other.head_, 0)) {
    other.items_.clear();
  }
  Fifo& operator=(Fifo&& other) noexcept {
    if (this == &other) return *this;
    items_ = std::move(other.items_);
    head_ = std::exchange(other.head_, 0);
    other.items_.clear();
    return *this;
  }
  ~Fifo() = default;

  std::size_t size() const { return items_.size() - head_; }
  bool empty() const { return size() == 0; }
  auto begin() { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }
  /// `at` less than size().
  const T& operator[](std::size_t at) const { return items_[head_ + at]; }
  /// Not of an empty queue, like back() and pop_front().
  T& front() { return items_[head_]; }
  T& back() { return items_.back(); }

  void push_back(T item) {
    // The room of what was taken is used again before more is had.
    if (items_.size() == items_.capacity() && head_ >= items_.size() / 2 && head_ > 0) {
      items_.erase(items_.begin(), begin());
      head_ = 0;
    }
    items_.push_back(std::move(item));
  }
  /// The front, which is gone then.
  T take_front() {
    T front = std::move(items_[head_++]);
    if (empty()) clear();
    return front;
  }
  void pop_front() { take_front(); }
  void erase(typename std::vector<T>::const_iterator at) {
    items_.erase(at);
    if (empty()) clear();
  }
  void clear() {
    items_.clear();
    head_ = 0;
    if (items_.capacity() > kept_max) std::vector<T>().swap(items_);
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;  ///< items before it are taken
};

}  // namespace seed
