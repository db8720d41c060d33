// Sharing: the session's own rate limits: normal ones, alternative ones, and the schedule that
// switches between them.
//
// Units: settings are in kB/s (1000 octets).
#pragma once

#include <optional>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/torrent/allowance.h"

namespace seed::session {

/// True when the schedule wants the alternative limits at that local time. A span that ends before
/// it begins goes over midnight; the day is the one on which it began.
bool schedule_is_on(const config::Settings& settings, io::Clock::LocalTime time);

class Sharing {
 public:
  static constexpr Duration schedule_tick = 15s;

  torrent::Allowance& allowance() { return allowance_; }
  void configure(const config::Settings& settings, Instant now);
  /// Nothing unless the schedule has just changed its mind: then what alt_speed_enabled becomes.
  std::optional<bool> on_schedule(const config::Settings& settings, io::Clock::LocalTime time);

 private:
  torrent::Allowance allowance_;
  std::optional<bool> schedule_said_;
};

}  // namespace seed::session
