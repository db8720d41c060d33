// DelayHistory: the shortest one-way delay of the last ten minutes, and how far the present one is
// above it: the queue on the way (RFC 6817, 3.4).
//
// Delays are differences of two clocks that know nothing of each other: 32 bits of microseconds
// that wrap. Only how they change says something.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/instant.h"

namespace seed::utp {

class DelayHistory {
 public:
  /// RFC 6817, BASE_HISTORY: of one minute each. A longer one would take a queue that is always
  /// there for none; a clock drifts by some milliseconds meanwhile.
  static constexpr std::size_t minutes = 10;
  /// RFC 6817, CURRENT_FILTER: the least of so many is the present one, against noise.
  static constexpr std::size_t filter = 3;

  /// Returns by how much the base fell, microseconds: 0 but for the few that are shorter than all.
  std::uint32_t on_sample(std::uint32_t microseconds, Instant now);
  /// The clocks drift: what was, would be that much longer now.
  void shift(std::uint32_t microseconds);

  bool known() const { return used_ > 0; }
  std::uint32_t base() const { return base_; }
  /// The least of the last three above the base; 0 before the first.
  Duration queueing() const;

 private:
  std::array<std::uint32_t, minutes> least_{};  ///< of each minute; the first `used_` count
  std::size_t used_ = 0;
  std::size_t at_ = 0;
  Instant minute_ends_{};
  std::uint32_t base_ = 0;
  std::array<std::uint32_t, filter> last_{};
  std::size_t samples_ = 0;
};

}  // namespace seed::utp
