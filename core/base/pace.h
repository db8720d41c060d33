// Pace: how often something may happen: a burst at once, and once an interval on average. For
// events, as TokenBucket is for bytes; it takes one Instant ("generic cell rate algorithm").
#pragma once

#include <algorithm>

#include "core/base/instant.h"

namespace seed {

class Pace {
 public:
  struct Rate {
    Duration interval{};
    int burst = 1;
  };

  /// When it may happen next; in the past when it may now.
  Instant next(const Rate& rate) const {
    return full_at_ == Instant::min() ? full_at_ : full_at_ - (rate.burst - 1) * rate.interval;
  }
  /// Counts one at `now`, whether or not it might.
  void spend(const Rate& rate, Instant now) { full_at_ = std::max(full_at_, now) + rate.interval; }
  /// Counts one if it may happen; else false.
  bool take(const Rate& rate, Instant now) {
    if (next(rate) > now) return false;
    spend(rate, now);
    return true;
  }
  /// When all of it is as if it had never happened: the smaller, the longer ago.
  Instant forgotten_at() const { return full_at_; }

 private:
  Instant full_at_ = Instant::min();
};

}  // namespace seed
