// Pacer: so much a second and so much at once, in one instant (the generic cell rate algorithm).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/instant.h"

namespace seed::dht {

class Pacer {
 public:
  /// A rate of 0 counts as 1, as does a burst.
  Pacer(std::uint32_t per_second, std::uint32_t burst) { set_rate(per_second, burst); }

  /// Takes effect for what comes next.
  void set_rate(std::uint32_t per_second, std::uint32_t burst) {
    each_ = Duration(1s) / std::max(per_second, 1u);
    slack_ = each_ * (std::max(burst, 1u) - 1);
  }
  /// Whether something may go now; it may be more than what is left, which is owed then.
  bool ready(Instant now) const { return next_at() <= now; }
  /// When something may go.
  Instant next_at() const { return paid_at_ - slack_; }
  void spend(std::uint32_t amount, Instant now) {
    paid_at_ = std::max(paid_at_, now) + each_ * amount;
  }

 private:
  Duration each_{};
  Duration slack_{};
  Instant paid_at_{};  ///< when all that was spent is paid for
};

}  // namespace seed::dht
