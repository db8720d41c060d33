#include "core/utp/rtt.h"

#include <algorithm>
#include <chrono>

namespace seed::utp {

void Rtt::on_sample(Duration sample) {
  sample = std::max(sample, Duration(1));
  latest_ = sample;
  if (!known()) {
    smoothed_ = sample;
    deviation_ = sample / 2;
    least_ = sample;
    return;
  }
  deviation_ += (std::chrono::abs(smoothed_ - sample) - deviation_) / 4;
  smoothed_ += (sample - smoothed_) / 8;
  smoothed_ = std::max(smoothed_, Duration(1));
  least_ = std::min(least_, sample);
}

Duration Rtt::timeout() const {
  if (!known()) return timeout_first;
  return std::clamp(smoothed_ + 4 * deviation_, timeout_min, timeout_max);
}

Duration Rtt::timeout(int backed_off) const {
  Duration out = timeout();
  for (int i = 0; i < backed_off && out < timeout_max; ++i) out *= 2;
  return std::min(out, timeout_max);
}

}  // namespace seed::utp
