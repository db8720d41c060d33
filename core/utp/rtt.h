// Rtt: how long an answer takes, and how long one is waited for (RFC 6298).
#pragma once

#include "core/base/instant.h"

namespace seed::utp {

class Rtt {
 public:
  /// RFC 6298, 2.1: before anything is known.
  static constexpr Duration timeout_first = 1s;
  /// BEP 29, "timeouts": never less than half a second.
  static constexpr Duration timeout_min = 500ms;
  /// Where doubling ends (RFC 6298, 2.5).
  static constexpr Duration timeout_max = 60s;

  /// Of a packet that was sent once.
  void on_sample(Duration sample);

  bool known() const { return smoothed_ > Duration(0); }
  Duration smoothed() const { return smoothed_; }
  Duration latest() const { return latest_; }
  /// The shortest ever: the path without queues, as far as is known.
  Duration least() const { return least_; }
  Duration timeout() const;
  /// Doubled so many times.
  Duration timeout(int backed_off) const;

 private:
  Duration smoothed_{};
  Duration deviation_{};
  Duration latest_{};
  Duration least_{};
};

}  // namespace seed::utp
