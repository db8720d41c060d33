#include "core/utp/delay_history.h"

#include <algorithm>
#include <chrono>

namespace seed::utp {
namespace {

/// Half of all numbers are before, half behind.
bool less(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

}  // namespace

std::uint32_t DelayHistory::on_sample(std::uint32_t microseconds, Instant now) {
  last_[samples_++ % filter] = microseconds;
  if (used_ == 0) {
    used_ = 1;
    base_ = least_[0] = microseconds;
    minute_ends_ = now + 1min;
    return 0;
  }
  const std::uint32_t before = base_;
  if (now >= minute_ends_) {
    at_ = (at_ + 1) % minutes;
    used_ = std::max(used_, at_ + 1);
    least_[at_] = microseconds;
    minute_ends_ = now + 1min;
    base_ = *std::min_element(least_.begin(), least_.begin() + static_cast<std::ptrdiff_t>(used_),
                              less);
  }
  if (less(microseconds, least_[at_])) least_[at_] = microseconds;
  if (less(microseconds, base_)) base_ = microseconds;
  return less(base_, before) ? before - base_ : 0;
}

void DelayHistory::shift(std::uint32_t microseconds) {
  for (auto& least : least_) least += microseconds;
  base_ += microseconds;
}

Duration DelayHistory::queueing() const {
  if (samples_ == 0) return Duration(0);
  const auto count = static_cast<std::ptrdiff_t>(std::min(samples_, filter));
  const std::uint32_t present = *std::min_element(last_.begin(), last_.begin() + count, less);
  return less(present, base_) ? Duration(0) : std::chrono::microseconds(present - base_);
}

}  // namespace seed::utp
