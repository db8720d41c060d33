#include "core/swarm/rate.h"

#include <algorithm>
#include <limits>

namespace seed::swarm {

void RateMeter::add(std::uint64_t bytes, Instant now) {
  if (!started_) {
    started_ = true;
    origin_ = now;
  }
  const std::int64_t slot = std::max(newest_, (now - origin_) / slot_length);
  if (slot - newest_ >= static_cast<std::int64_t>(slots)) {
    ring_.fill(0);
  } else {
    for (std::int64_t i = newest_ + 1; i <= slot; ++i)
      ring_[static_cast<std::size_t>(i) % slots] = 0;
  }
  newest_ = slot;
  auto& filling = ring_[static_cast<std::size_t>(slot) % slots];
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  filling = static_cast<std::uint32_t>(std::min(most, filling + bytes));
  total_ += bytes;
}

std::uint64_t RateMeter::rate(Instant now, Duration window) const {
  if (!started_) return 0;
  const Duration age = std::max(now - origin_, Duration::zero());
  window = std::clamp(std::min(window, age), slot_length, window_max);
  const Instant from = now - window;
  double bytes = 0;
  for (std::int64_t slot = newest_; slot >= 0 && slot > newest_ - static_cast<std::int64_t>(slots);
       --slot) {
    const Instant begin = origin_ + slot * slot_length;
    const Instant end = std::min(begin + slot_length, std::max(now, begin));
    if (end <= from && begin < from) break;
    const auto held = static_cast<double>(ring_[static_cast<std::size_t>(slot) % slots]);
    if (begin >= from)
      bytes += held;
    else
      bytes += held * seconds_of(end - from) / seconds_of(end - begin);
  }
  return static_cast<std::uint64_t>(bytes / seconds_of(window));
}

}  // namespace seed::swarm
