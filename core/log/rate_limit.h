// RateLimit: keeps a line that outsiders can provoke from filling the log. One line an interval;
// the rest is counted and told with the next one:
//
//   if (limit.allow(now)) logger.warn("bad datagram", {{"suppressed", limit.suppressed()}});
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/instant.h"

namespace seed::log {

class RateLimit {
 public:
  explicit RateLimit(Duration interval = 10s) : interval_(interval) {}

  /// True when nothing was allowed within the interval before `now`; else counts.
  bool allow(Instant now);
  /// How many were not allowed between the last two that were.
  std::uint64_t suppressed() const { return suppressed_; }

 private:
  Duration interval_;
  std::optional<Instant> last_;
  std::uint64_t counting_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace seed::log
