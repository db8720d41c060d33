// DeadlineQueue: many deadlines over one io::Alarm. Setting, moving and clearing a deadline is
// O(log n); what is due comes out in order of (instant, sequence), so two runs agree.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/instant.h"

namespace seed {

/// `Key` is a small value with operator== and a hash `Hash`; one deadline a key.
template <typename Key, typename Hash>
class DeadlineQueue {
 public:
  /// Sets or moves the deadline of `key`; `never` clears it.
  void set(const Key& key, Instant when) {
    auto found = entries_.find(key);
    if (found != entries_.end()) {
      if (found->second.first == when) return;
      order_.erase(found->second);
      entries_.erase(found);
    }
    if (when == never) return;
    const std::pair slot{when, sequence_++};
    order_.emplace(slot, key);
    entries_.emplace(key, slot);
  }
  void clear(const Key& key) { set(key, never); }
  bool contains(const Key& key) const { return entries_.contains(key); }

  /// When the next one is due; `never` when there is none.
  Instant next() const { return order_.empty() ? never : order_.begin()->first.first; }

  /// Takes the earliest key whose deadline is at or before `now`.
  std::optional<Key> take_due(Instant now) {
    if (order_.empty() || order_.begin()->first.first > now) return std::nullopt;
    Key key = order_.begin()->second;
    order_.erase(order_.begin());
    entries_.erase(key);
    return key;
  }
  std::size_t size() const { return order_.size(); }

 private:
  using Slot = std::pair<Instant, std::uint64_t>;
  std::map<Slot, Key> order_;
  std::unordered_map<Key, Slot, Hash> entries_;
  std::uint64_t sequence_ = 0;
};

}  // namespace seed
