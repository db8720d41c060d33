#include "core/log/rate_limit.h"

#include <utility>

namespace seed::log {

bool RateLimit::allow(Instant now) {
  if (last_ && now - *last_ < interval_) {
    ++counting_;
    return false;
  }
  last_ = now;
  suppressed_ = std::exchange(counting_, 0);
  return true;
}

}  // namespace seed::log
