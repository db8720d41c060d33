// DurationCounts: how often something took how long: a histogram by powers of two, from below a
// microsecond to more than four seconds.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/instant.h"

namespace seed {

struct DurationCounts {
  /// counts[i] took less than 2^i microseconds and not less than half of it; the last holds the
  /// rest.
  std::array<std::uint64_t, 24> counts{};
  Duration sum{};
  Duration worst{};

  static constexpr std::size_t bucket_of(Duration took) {
    const auto microseconds =
        static_cast<std::uint64_t>(std::max(took, Duration(0)).count()) / 1000;
    return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(microseconds)),
                                 std::tuple_size_v<decltype(counts)> - 1);
  }

  void add(Duration took) {
    sum += took;
    worst = std::max(worst, took);
    ++counts[bucket_of(took)];
  }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const auto count : counts) all += count;
    return all;
  }
};

}  // namespace seed
