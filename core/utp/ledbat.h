// Ledbat: how much may be in flight, so that what we send gives way to what else uses the line
// (RFC 6817), with what its successor draft learned (LEDBAT++).
//
//   slow start --delay, loss--> steady: towards 100 ms of queue --each ~10 s--> short pause --> ...
//
// Steady, the window grows by a packet each round trip while there is no queue, less the longer it
// is, and falls in proportion above the target. When there has been hardly any queue for a while it
// grows in proportion to itself: a packet a round trip would fill a long line in an hour. Now and
// then it pauses for two round trips, so that our own queue drains and its true shortest delay is
// seen: else who comes late takes the others' queue for the length of the path, and crowds them
// out.
//
// A policy: facts in, window out. A loss halves the window, unless (Losses) it is the line's, or
// the delay, which was there first, says how much is too much. Where queues are so short that they
// overflow before the delay says anything, only losses tell: there it is as TCP Reno is.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/base/instant.h"
#include "core/utp/losses.h"

namespace seed::utp {

class Ledbat {
 public:
  /// RFC 6817, 2.4.2 and BEP 29: the queue that we let ourselves make.
  static constexpr Duration target = 100ms;
  /// Slow start ends at that queue: its window doubles once more until that is seen. On a long
  /// path a bit later, and later where three packets take that long.
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
  /// After a loss in a shorter queue than that, the window grows as TCP's for so long.
  static constexpr Duration short_queue_time = 30s;
  /// Of the window, what it falls by in a round trip at the target; at half of that by nothing.
  static constexpr double share_gain = 1.0 / 16;
  /// Of the window, what it grows by in a round trip, where nobody seems to be in its way,
  static constexpr double quick_gain = 0.125;
  /// which takes so many round trips to be seen, and that time: others pause, too.
  static constexpr int quiet_rounds = 4;
  static constexpr Duration quiet_min = 1s;

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

  /// What is lost now would be the line's doing, and no queue's.
  bool by_chance(const Facts& facts) const;
  std::size_t window() const { return static_cast<std::size_t>(window_); }
  bool slow_start() const { return window_ < threshold_; }

 private:
  bool grow(double octets, const Facts& facts, Instant now);
  void steer(double octets, const Facts& facts, Instant now);
  double quick(const Facts& facts, Instant now) const;
  void decay(const Facts& facts, Instant now);
  void leave_slow_start(const Facts& facts, Instant now);
  bool pauses(const Facts& facts, Instant now);
  void limit(double least);
  double packets_in_window(const Facts& facts) const;
  void watch(Duration queueing, Instant now);
  Duration longest_queue() const { return std::max(longest_[0], longest_[1]); }
  static bool queued(const Facts& facts);

  double window_max_;
  double window_ = window_first;
  double threshold_;  ///< slow start ends there
  Losses losses_;

  Duration longest_[2] = {};  ///< queue of this and of the last stretch of time
  Instant stretch_ends_{};
  Instant quiet_from_{};  ///< nobody was in the way since
  Instant short_queue_until_{};

  std::size_t flight_most_ = 0;  ///< since the last look at how the window is used
  Instant use_looked_{};

  enum class Pause : unsigned char { none, holding, growing } pause_ = Pause::none;
  Instant pause_next_ = never;
  Instant pause_began_{};
  Instant pause_ends_{};
  bool first_done_ = false;  ///< the first slow start
};

}  // namespace seed::utp
