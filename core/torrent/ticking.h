// Ticking: when a torrent looks after what needs no event: once a second while it is awake, once a
// minute at rest, never when it is at rest and does not run.
#pragma once

#include <algorithm>

#include "core/base/instant.h"

namespace seed::torrent {

class Ticking {
 public:
  static constexpr Duration awake_every = 1s;
  static constexpr Duration at_rest_every = 60s;
  /// However often soon() is called.
  static constexpr Duration gap_min = 100ms;

  explicit Ticking(Instant now) : last_(now) {}

  Instant next() const { return next_; }
  /// Something has happened: the next tick is a second away at most.
  void keep_awake(Instant now) {
    if (next_ == never || next_ > now + awake_every) next_ = now + awake_every;
  }
  /// The next tick is wanted now.
  void soon(Instant now) { next_ = std::min(next_, std::max(now, last_ + gap_min)); }
  /// A tick begins.
  void begin(Instant now) { last_ = now; }
  /// It ends.
  void plan_next(Instant now, bool at_rest, bool active) {
    next_ = at_rest && !active ? never : now + (at_rest ? at_rest_every : awake_every);
  }

 private:
  Instant next_ = never;
  Instant last_;
};

}  // namespace seed::torrent
