#include "core/swarm/slots.h"

#include <algorithm>

namespace seed::swarm {

std::size_t UploadSlots::on_round(const SlotFacts& facts) {
  const std::size_t before = slots_;
  const bool limited = facts.limit > 0 && facts.upload_rate >= facts.limit / 100 * 95;
  const bool all_used = facts.unchoked >= slots_;
  if (rest_ > 0) --rest_;
  if (probing_ && all_used) {
    // The slot added last has to bring half of an average slot's worth.
    const std::uint64_t worth = rate_before_ / before / 2;
    if (!limited && facts.upload_rate < rate_before_ + worth) {
      --slots_;
      rest_ = rest_rounds;
    }
    probing_ = false;
  } else if (limited && facts.upload_rate / before < trickle) {
    --slots_;
  } else if (!limited && all_used && facts.waiting > 0 && facts.upload_rate > 0 && rest_ == 0) {
    rate_before_ = facts.upload_rate;
    probing_ = true;
    ++slots_;
  }
  slots_ = std::clamp(slots_, slots_min, slots_max);
  if (slots_ <= before) probing_ = false;
  return slots_;
}

}  // namespace seed::swarm
