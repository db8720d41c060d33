// Pacer: when the next packet may go, so that a window leaves over its round trip and not at once.
//
// Else the packets of a window stay as close as they were sent, make a queue in front of a line
// that could take them all, and that queue looks like a full line: on a long one slow start would
// end at a small part of it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/base/instant.h"

namespace seed::utp {

class Pacer {
 public:
  /// Windows each round trip: a bit more than one, so that the window is what bounds.
  static constexpr double gain = 1.25;
  /// So much may go ahead of its time: alarms come late by a millisecond, and runs of packets cost
  /// less than single ones.
  static constexpr Duration ahead_least = 2ms;
  /// And so many octets, as the first window (RFC 3390) goes at once.
  static constexpr double ahead_octets = 4380;

  bool ready(Instant now) const { return due_ <= now + ahead_; }
  /// When some may go again; of no interest while it is ready.
  Instant next() const { return due_ - ahead_ / 2; }
  /// `rtt` 0: not known, all may go.
  void on_sent(std::size_t octets, std::size_t window, Duration rtt, Instant now) {
    const double octet_takes = static_cast<double>(rtt.count()) /
                               (gain * static_cast<double>(std::max<std::size_t>(window, 1)));
    due_ = std::max(due_, now) + times(octet_takes, static_cast<double>(octets));
    ahead_ = std::max(ahead_least, times(octet_takes, ahead_octets));
  }

 private:
  static Duration times(double nanoseconds, double count) {
    return Duration(static_cast<Duration::rep>(nanoseconds * count));
  }

  Instant due_{};
  Duration ahead_ = ahead_least;
};

}  // namespace seed::utp
