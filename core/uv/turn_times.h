// TurnTimes: how long the loop's turns take and what they spend it on (design, section 6).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/instant.h"

namespace seed::uv {

/// Who was called by libuv.
enum class Work : std::uint8_t {
  alarm,
  turn_end,
  tcp,
  accept,
  udp,
  job,
  letter,
  name,
  http,
  signal,
  count_
};

constexpr std::string_view name_of(Work work) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Work::count_)> names{
      "alarm", "turn_end", "tcp", "accept", "udp", "job", "letter", "name", "http", "signal"};
  return names[static_cast<std::size_t>(work)];
}

/// A turn that took longer than limits::slow_turn, for the log.
struct SlowTurn {
  Duration took{};
  Work most = Work::turn_end;  ///< what most of it was spent on
  Duration most_took{};
};

struct TurnTimes {
  /// turns[i] took less than 2^i microseconds and not less than half of it; the last holds the
  /// rest.
  std::array<std::uint64_t, 24> turns{};
  Duration worst{};
  Duration busy{};  ///< all turns together

  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto turn : turns) sum += turn;
    return sum;
  }
  void add(Duration took) {
    busy += took;
    if (took > worst) worst = took;
    auto microseconds = static_cast<std::uint64_t>(took.count()) / 1000;
    std::size_t bucket = 0;
    while (microseconds > 0 && bucket + 1 < turns.size()) {
      microseconds >>= 1;
      ++bucket;
    }
    ++turns[bucket];
  }
};

}  // namespace seed::uv
