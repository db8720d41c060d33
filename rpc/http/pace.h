// Pace: whether octets come or go fast enough: in each stretch of limits::http_rate_grace as many
// as limits::http_bytes_per_second_min asks for. Who was quick once may not be slow afterwards.
// Times in, a verdict out.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/base/limits.h"

namespace seed::rpc {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  /// The first stretch begins; `moved` octets were moved before it.
  void begin(Clock::time_point now, std::int64_t moved) {
    end_ = now + limits::http_rate_grace;
    moved_ = moved;
  }
  /// When the stretch ends, and it is to be asked whether enough has moved.
  Clock::time_point deadline() const { return end_; }
  /// `moved` octets in all by now. False when the stretch is over and too little has moved in it;
  /// when enough has, the next one begins.
  bool keeps_up(Clock::time_point now, std::int64_t moved) {
    if (now < end_) return true;
    if (moved - moved_ < stretch_bytes_min) return false;
    begin(now, moved);
    return true;
  }

 private:
  static constexpr std::int64_t stretch_bytes_min =
      std::chrono::duration_cast<std::chrono::seconds>(limits::http_rate_grace).count() *
      static_cast<std::int64_t>(limits::http_bytes_per_second_min);

  Clock::time_point end_{};
  std::int64_t moved_ = 0;
};

}  // namespace seed::rpc
