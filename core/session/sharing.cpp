#include "core/session/sharing.h"

namespace seed::session {

bool schedule_is_on(const config::Settings& settings, io::Clock::LocalTime time) {
  if (!settings.alt_speed_time_enabled) return false;
  const int begin = static_cast<int>(settings.alt_speed_time_begin);
  const int end = static_cast<int>(settings.alt_speed_time_end);
  const auto is_on_day = [&](int day) {
    return (static_cast<unsigned>(settings.alt_speed_time_day) >> (day % 7) & 1u) != 0;
  };
  const int minute = time.minute_of_day;
  if (begin <= end) return minute >= begin && minute < end && is_on_day(time.day_of_week);
  if (minute >= begin) return is_on_day(time.day_of_week);
  return minute < end && is_on_day(time.day_of_week + 6);
}

void Sharing::configure(const config::Settings& settings, Instant now) {
  const auto rate = [&](bool normal_enabled, std::uint32_t normal, std::uint32_t alternative) {
    if (settings.alt_speed_enabled) return std::uint64_t{alternative} * 1000;
    return normal_enabled ? std::uint64_t{normal} * 1000 : TokenBucket::unlimited;
  };
  using torrent::Direction;
  allowance_.set_rate(
      Direction::down,
      rate(settings.speed_limit_down_enabled, settings.speed_limit_down, settings.alt_speed_down),
      now);
  allowance_.set_rate(
      Direction::up,
      rate(settings.speed_limit_up_enabled, settings.speed_limit_up, settings.alt_speed_up), now);
}

std::optional<bool> Sharing::on_schedule(const config::Settings& settings,
                                         io::Clock::LocalTime time) {
  if (!settings.alt_speed_time_enabled) {
    schedule_said_.reset();
    return std::nullopt;
  }
  const bool on = schedule_is_on(settings, time);
  if (schedule_said_ == on) return std::nullopt;
  schedule_said_ = on;
  return on;
}

}  // namespace seed::session
