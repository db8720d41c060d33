// Ledbat: how much may be in flight, so that what we send gives way to what else uses the line
// (RFC 6817), with what its successor draft learned (LEDBAT++).
//
//   slow start --delay, loss--> steady: towards 100 ms of queue --each ~10 s--> short pause --> ...
//
// Steady, the window grows by a packet each round trip while there is no queue, less the longer it
// is, and falls in proportion above the target. Now and then it pauses for two round trips, so that
// our own queue drains and its true shortest delay is seen: else who comes late takes the others'
// queue for the length of the path, and crowds them out.
//
// A policy: facts in, window out. A loss halves the window, but not when nothing speaks for a full
// queue: no delay, and few are lost. That is a bad line, and giving way would help nobody.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/base/instant.h"

namespace seed::utp {

class Ledbat {
 public:
  /// RFC 6817, 2.4.2 and BEP 29: the queue that we let ourselves make.
  static constexpr Duration target = 100ms;
  /// Slow start ends at that queue: its window doubles once more until that is seen.
  static constexpr Duration slow_start_delay = 20ms;
  /// RFC 3390.
  static constexpr std::size_t window_first = 4380;
  /// LEDBAT++, 4.4: a pause takes a tenth of the time; and not all the time on short paths.
  static constexpr int pause_share = 9;
  static constexpr Duration pause_interval_min = 10s;
  /// With that much delay it is the delay that governs, and a loss need not.
  static constexpr Duration delay_certain = target / 4;
  /// A loss with a delay below this says nothing of a queue: timers are no better.
  static constexpr Duration delay_noise = 2ms;
  /// Of the last packets, so many may be lost without our doing: twice what bad radio links lose.
  static constexpr double chance_losses_max = 0.025;

  explicit Ledbat(std::size_t window_max);

  struct Facts {
    std::size_t packet = 0;  ///< octets of a full one's payload
    std::size_t flight = 0;  ///< octets in flight before this
    Duration queueing{};
    Duration rtt{};        ///< the latest
    Duration rtt_least{};  ///< ever
  };
  /// `octets` have been acknowledged, of about `packets` packets. True when that halved the window:
  /// losses of what was sent before are then the same event.
  bool on_ack(std::size_t octets, std::size_t packets, const Facts& facts, Instant now);
  /// A packet is lost that was sent after the window was halved last. True when it was halved now.
  bool on_loss(const Facts& facts, Instant now);
  /// Nothing came back in time.
  void on_timeout(const Facts& facts);
  /// Nothing was sent for so long that what was known of the line is old.
  void on_idle();

  std::size_t window() const { return static_cast<std::size_t>(window_); }
  bool slow_start() const { return window_ < threshold_; }

 private:
  bool grow(double octets, const Facts& facts, Instant now);
  void steer(double octets, const Facts& facts);
  void decay(const Facts& facts, Instant now);
  void leave_slow_start(const Facts& facts, Instant now);
  bool pauses(const Facts& facts, Instant now);
  void limit(double least);
  void watch(Duration queueing, Instant now);
  Duration longest_queue() const { return std::max(longest_[0], longest_[1]); }
  bool by_chance(const Facts& facts) const;

  double window_max_;
  double window_ = window_first;
  double threshold_;       ///< slow start ends there
  double lost_share_ = 0;  ///< of the last window of packets, and 256 at least

  Duration longest_[2] = {};  ///< queue of this and of the last stretch of 10 s
  Instant stretch_ends_{};

  std::size_t flight_most_ = 0;  ///< since the last look at how the window is used
  Instant use_looked_{};

  enum class Pause : unsigned char { none, holding, growing } pause_ = Pause::none;
  Instant pause_next_ = never;
  Instant pause_began_{};
  Instant pause_ends_{};
  bool first_done_ = false;  ///< the first slow start
};

}  // namespace seed::utp
