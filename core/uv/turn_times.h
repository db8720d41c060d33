// What the loop spends its turns on, and those that take too long (design, section 6). How long
// they take is a DurationCounts.
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
  uplink,
  count_
};

constexpr std::string_view name_of(Work work) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Work::count_)> names{
      "alarm",  "turn_end", "tcp",  "accept", "udp",   "job",
      "letter", "name",     "http", "signal", "uplink"};
  return names[static_cast<std::size_t>(work)];
}

/// A turn that took longer than limits::slow_turn, for the log.
struct SlowTurn {
  Duration took{};
  Work most = Work::turn_end;  ///< what most of it was spent on
  Duration most_took{};
};

}  // namespace seed::uv
