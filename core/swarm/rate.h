// RateMeter: bytes a second over a window that slides, for display, choking and request windows.
//
// A ring of 40 slots of 500 ms, so it remembers 20 s. Adding is O(1), reading adds at most 41
// numbers. The oldest slot counts in part, so a steady stream reads true within 3 % for windows of
// a second and more. A slot holds 4 GiB and saturates beyond. 200 octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/instant.h"

namespace seed::swarm {

class RateMeter {
 public:
  static constexpr std::size_t slots = 40;
  static constexpr Duration slot_length = 500ms;
  /// The longest window that can be asked for: a choker judges by 20 s.
  static constexpr Duration window_max = slot_length * slots;
  /// What a user is shown: short enough to follow, long enough not to flicker.
  static constexpr Duration window_display = 4s;

  /// `bytes` passed at `now`. Time never goes back.
  void add(std::uint64_t bytes, Instant now);
  /// Bytes a second over the last `window` (at most window_max), or since the first add() when that
  /// is less far back, but never over less than one slot: a first burst does not read as a rate of
  /// gigabytes.
  std::uint64_t rate(Instant now, Duration window = window_display) const;
  /// All bytes ever added.
  std::uint64_t total() const { return total_; }

 private:
  std::array<std::uint32_t, slots> ring_{};
  std::int64_t newest_ = 0;  ///< number of the slot that is filling, counted from `origin_`
  Instant origin_{};         ///< the first add()
  std::uint64_t total_ = 0;
  bool started_ = false;
};

}  // namespace seed::swarm
