// Ids and SlotMap: how everyone but the owner refers to a torrent, a link or a job.
//
// An id is slot plus generation; a stale id finds nothing, and finding nothing is normal (design,
// section 9).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace seed {

template <typename Tag>
struct SlotId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0 names nothing

  explicit operator bool() const { return generation != 0; }
  auto operator<=>(const SlotId&) const = default;
};

template <typename Tag>
struct SlotIdHash {
  std::size_t operator()(SlotId<Tag> id) const {
    return (static_cast<std::size_t>(id.generation) << 32) ^ id.slot;
  }
};

using TorrentId = SlotId<struct TorrentTag>;
using LinkId = SlotId<struct LinkTag>;
using JobId = SlotId<struct JobTag>;
using HttpCallId = SlotId<struct HttpCallTag>;
using LookupId = SlotId<struct LookupTag>;

/// Owns values by id. Insert, find and erase are O(1); iteration is in slot order, which is the
/// same in every run. References stay good until the value is erased only if T is a pointer type:
/// use SlotMap<std::unique_ptr<X>, Tag> for pinned objects.
template <typename T, typename Tag>
class SlotMap {
 public:
  using Id = SlotId<Tag>;

  Id insert(T value) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].value.emplace(std::move(value));
    ++size_;
    return {slot, slots_[slot].generation};
  }

  T* find(Id id) {
    if (id.slot >= slots_.size()) return nullptr;
    auto& entry = slots_[id.slot];
    return entry.generation == id.generation && entry.value ? &*entry.value : nullptr;
  }
  const T* find(Id id) const { return const_cast<SlotMap*>(this)->find(id); }

  /// Takes the value out; nothing when the id is stale.
  std::optional<T> take(Id id) {
    if (find(id) == nullptr) return std::nullopt;
    auto& entry = slots_[id.slot];
    std::optional<T> out = std::move(entry.value);
    entry.value.reset();
    ++entry.generation;
    if (entry.generation == 0) entry.generation = 1;
    free_.push_back(id.slot);
    --size_;
    return out;
  }
  bool erase(Id id) { return take(id).has_value(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Calls `visit(id, value)` for each value in slot order; it may erase the value it is given.
  template <typename Visit>
  void each(Visit&& visit) {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot)
      if (slots_[slot].value) visit(Id{slot, slots_[slot].generation}, *slots_[slot].value);
  }
  template <typename Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot)
      if (slots_[slot].value) visit(Id{slot, slots_[slot].generation}, *slots_[slot].value);
  }

 private:
  struct Entry {
    std::uint32_t generation = 1;
    std::optional<T> value;
  };
  std::vector<Entry> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace seed
