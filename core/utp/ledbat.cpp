#include "core/utp/ledbat.h"

#include <algorithm>

namespace seed::utp {
namespace {

constexpr Duration stretch = 30s;

double ratio(Duration part, Duration whole) {
  return static_cast<double>(part.count()) /
         static_cast<double>(std::max(whole, Duration(1)).count());
}

double packets_in_flight(const Ledbat::Facts& facts) {
  return static_cast<double>(facts.flight) / static_cast<double>(facts.packet);
}

/// Behind one of our own packets there is no queue yet: on a slow line that takes its time.
Duration spacing(const Ledbat::Facts& facts) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(facts.rtt.count()) /
                                             std::max(1.0, packets_in_flight(facts))));
}

}  // namespace

Ledbat::Ledbat(std::size_t window_max)
    : window_max_(static_cast<double>(window_max)), threshold_(window_max_) {
  window_ = std::min(window_, window_max_);
}

bool Ledbat::on_ack(std::size_t octets, std::size_t packets, const Facts& facts, Instant now) {
  losses_.on_came(packets, packets_in_window(facts), queued(facts));
  watch(facts.queueing, now);
  flight_most_ = std::max(flight_most_, facts.flight);
  if (pauses(facts, now)) return false;
  bool halved = false;
  if (slow_start())
    halved = grow(static_cast<double>(octets), facts, now);
  else
    steer(static_cast<double>(octets), facts, now);
  decay(facts, now);
  limit(2.0 * static_cast<double>(facts.packet));
  return halved;
}

double Ledbat::packets_in_window(const Facts& facts) const {
  // Not in flight: in a moment when little is, a few losses would be a large share.
  return window_ / static_cast<double>(facts.packet);
}

void Ledbat::watch(Duration queueing, Instant now) {
  if (now >= stretch_ends_) {
    longest_[1] = longest_[0];
    longest_[0] = Duration(0);
    stretch_ends_ = now + stretch;
  }
  longest_[0] = std::max(longest_[0], queueing);
  if (queueing >= delay_certain) quiet_from_ = now;
}

void Ledbat::limit(double least) {
  window_ = std::clamp(window_, std::min(least, window_max_), window_max_);
}

bool Ledbat::grow(double octets, const Facts& facts, Instant now) {
  const Duration much = std::max({slow_start_delay, std::min(facts.rtt_least / 16, delay_certain),
                                  std::min(3 * spacing(facts), 2 * delay_certain)});
  if (facts.queueing >= much && pause_ != Pause::growing) {
    // What makes that delay was sent a round trip ago, with half of this window.
    window_ /= 2;
    threshold_ = window_;
    leave_slow_start(facts, now);
    return true;
  }
  if (facts.queueing >= target) {
    threshold_ = window_;
  } else if (2.0 * static_cast<double>(facts.flight) >= window_) {
    // Who does not use the window learns nothing from acknowledgements.
    window_ = std::min(window_ + octets, threshold_);
  }
  if (!slow_start()) leave_slow_start(facts, now);
  return false;
}

void Ledbat::leave_slow_start(const Facts& facts, Instant now) {
  if (pause_ == Pause::growing) {
    pause_ = Pause::none;
    pause_next_ = now + std::max(pause_share * (now - pause_began_), pause_interval_min);
  } else if (!first_done_) {
    first_done_ = true;
    pause_next_ = now + 2 * facts.rtt;
  }
}

void Ledbat::steer(double octets, const Facts& facts, Instant now) {
  const double off = ratio(facts.queueing, target);
  if (off < 1 && static_cast<double>(facts.flight + 2 * facts.packet) >= 0.75 * window_) {
    // RFC 6817, 2.4.2, with a gain of 1: as fast as TCP, and slower near the target.
    const double steps = (1 - off) * static_cast<double>(facts.packet);
    window_ += octets * std::max(steps / window_, quick(facts, now));
  }
  // In proportion: of two, the larger gives more than it takes.
  const double falls = share_gain * std::max(0.0, 2 * off - 1) + std::max(0.0, off - 1) / 2;
  window_ -= octets * std::min(0.5, falls);
  threshold_ = std::min(threshold_, window_);
}

double Ledbat::quick(const Facts& facts, Instant now) const {
  if (now < short_queue_until_ || facts.queueing >= delay_certain) return 0;
  const double rounds = ratio(now - quiet_from_, std::max(facts.rtt, quiet_min / quiet_rounds));
  const double sure = std::clamp(rounds / quiet_rounds - 1, 0.0, 1.0);
  return quick_gain * sure * (1 - ratio(facts.queueing, delay_certain));
}

void Ledbat::decay(const Facts& facts, Instant now) {
  const Duration interval = std::max(facts.rtt, Duration(100ms));
  if (now - use_looked_ < interval) return;
  use_looked_ = now;
  const double used = static_cast<double>(flight_most_ + 2 * facts.packet);
  flight_most_ = 0;
  if (2 * used >= window_) return;
  // What the line gave once it may give again: back by slow start, watching the delay.
  threshold_ = std::max(threshold_, window_);
  window_ = (window_ + used) / 2;
  window_ = std::max(window_, static_cast<double>(window_first));
}

bool Ledbat::pauses(const Facts& facts, Instant now) {
  if (pause_ == Pause::holding) {
    if (now < pause_ends_) return true;
    pause_ = Pause::growing;
  }
  if (pause_ != Pause::none || now < pause_next_ || slow_start()) return false;
  if (longest_queue() < target / 4) {
    // There is no queue of ours to drain.
    pause_next_ = now + pause_interval_min;
    return false;
  }
  pause_ = Pause::holding;
  pause_began_ = now;
  pause_ends_ = now + 2 * facts.rtt;
  threshold_ = window_;
  window_ = std::min(window_ / 8, window_ * ratio(facts.rtt_least, facts.rtt) / 2);
  limit(2.0 * static_cast<double>(facts.packet));
  return true;
}

bool Ledbat::queued(const Facts& facts) {
  return facts.queueing >= std::clamp(spacing(facts), delay_noise, delay_certain);
}

bool Ledbat::by_chance(const Facts& facts) const {
  if (!losses_.few()) return false;
  return losses_.of_line() || !queued(facts) ||
         (facts.queueing < delay_certain && facts.queueing < longest_queue() / 2);
}

bool Ledbat::on_loss(const Facts& facts, Instant now) {
  losses_.on_lost(packets_in_window(facts), queued(facts));
  watch(facts.queueing, now);
  if (by_chance(facts)) return false;
  const bool delay_governs = facts.queueing >= delay_certain && losses_.few();
  double left = window_ / 2;
  // The delay keeps us from crowding others: to what the path holds without a queue.
  if (delay_governs)
    left =
        std::max(left, 0.9 * static_cast<double>(facts.flight) * ratio(facts.rtt_least, facts.rtt));
  if (facts.queueing < delay_certain && longest_queue() < 2 * delay_certain)
    short_queue_until_ = now + short_queue_time;
  quiet_from_ = now;
  window_ = std::min(window_, left);
  threshold_ = window_;
  if (pause_ == Pause::holding) pause_ = Pause::growing;
  leave_slow_start(facts, now);
  limit(2.0 * static_cast<double>(facts.packet));
  threshold_ = window_;
  return true;
}

void Ledbat::on_timeout(const Facts& facts) {
  threshold_ =
      std::max(static_cast<double>(std::max(facts.flight / 2, 2 * facts.packet)), window_ / 2);
  window_ = static_cast<double>(facts.packet);
  pause_ = Pause::none;
}

void Ledbat::on_idle() {
  if (window_ <= window_first) return;
  threshold_ = std::max(threshold_, window_);
  window_ = window_first;
}

}  // namespace seed::utp
