// Instant and WallTime: monotonic time for deciding, calendar time for showing. They do not mix.
//
// Neither clock has a now(): time comes in through io::Clock or a machine's input.
#pragma once

#include <chrono>
#include <cstdint>

namespace seed {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// Tags that keep the two kinds of time apart; they satisfy just enough of the clock requirements
/// for time_point.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
struct CalendarClock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CalendarClock>;
  static constexpr bool is_steady = false;
};

/// A point in monotonic time; its epoch means nothing outside this process.
using Instant = MonotonicClock::time_point;
/// A point in calendar time, milliseconds since the Unix epoch; may jump.
using WallTime = CalendarClock::time_point;

/// Later than everything that happens.
inline constexpr Instant never = Instant::max();
/// `span` after `when`; `never` where that is beyond counting.
constexpr Instant later(Instant when, Duration span) {
  return span > Duration(0) && when > never - span ? never : when + span;
}
/// The Unix epoch: "no such time" in the RPC.
inline constexpr WallTime no_time{};

inline std::int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
inline WallTime from_unix_seconds(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}
inline double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace seed
