#include "core/uv/clock.h"

#include <uv.h>

#include <ctime>

namespace seed::uv {

Instant Clock::now() const { return Instant(Duration(uv_hrtime())); }

WallTime Clock::wall() const {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return WallTime(std::chrono::seconds(time.tv_sec) +
                  std::chrono::milliseconds(time.tv_nsec / 1'000'000));
}

Clock::LocalTime Clock::local() const {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  if (localtime_r(&seconds, &parts) == nullptr) return {};
  return {parts.tm_hour * 60 + parts.tm_min, parts.tm_wday};
}

}  // namespace seed::uv
