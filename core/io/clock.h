// Clock: the two times of the World (design, section 5).
#pragma once

#include "core/base/instant.h"

namespace seed::io {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic; never goes back. The adapter may give the time at which the loop woke.
  virtual Instant now() const = 0;
  /// The calendar; may jump.
  virtual WallTime wall() const = 0;
  /// Minutes since local midnight and day of the week (0 Sunday), for schedules.
  struct LocalTime {
    int minute_of_day = 0;
    int day_of_week = 0;
  };
  virtual LocalTime local() const = 0;
};

}  // namespace seed::io
