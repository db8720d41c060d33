#include "core/swarm/request_window.h"

#include <algorithm>
#include <utility>

#include "core/base/piece.h"

namespace seed::swarm {

namespace {

/// The shortest round trip is that of the last one to two of these: routes and queues change.
constexpr Duration shortest_period = 30s;

}  // namespace

RequestWindow::RequestWindow(std::size_t peer_reqq) { set_peer_reqq(peer_reqq); }

void RequestWindow::set_peer_reqq(std::size_t reqq) {
  // Transmission says 512 and rejects the 512th.
  peer_reqq_ = std::max<std::size_t>(reqq, 2) - 1;
}

std::size_t RequestWindow::bound() const { return std::min(limits::our_requests_max, peer_reqq_); }

std::size_t RequestWindow::size() const {
  if (snubbed_) return 1;
  return std::min(std::max(target_, limits::our_requests_min), bound());
}

void RequestWindow::on_requested(std::size_t count, Instant now) {
  if (count == 0) return;
  if (outstanding_ == 0) waiting_since_ = now;
  outstanding_ += count;
}

void RequestWindow::keep_waiting(Instant now) {
  if (waiting_since_ != never) waiting_since_ = now;
}

void RequestWindow::on_given_up(std::size_t count) {
  outstanding_ -= std::min(outstanding_, count);
  if (outstanding_ == 0) waiting_since_ = never;
}

void RequestWindow::on_block(std::uint32_t bytes, Duration round_trip, Instant now) {
  if (!given_blocks_) {
    given_blocks_ = true;
    last_look_ = now;
    shortest_since_ = now;
  }
  outstanding_ -= std::min<std::size_t>(outstanding_, 1);
  waiting_since_ = outstanding_ == 0 ? never : now;
  snubbed_ = false;
  rate_.add(bytes, now);
  if (now - shortest_since_ >= shortest_period) {
    shortest_before_ = std::exchange(shortest_, Duration::max());
    shortest_since_ = now;
  }
  shortest_ = std::min(shortest_, std::max(round_trip, Duration::zero()));
  if (slow_start_ && target_ < bound()) ++target_;
  if (now - last_look_ >= look) look_at_rate(now);
}

// Slow start ends when half a second more of it no longer makes the link a tenth faster; a window
// at its bound cannot grow and is judged by the rate alone.
void RequestWindow::look_at_rate(Instant now) {
  last_look_ = now;
  rate_now_ = rate_.rate(now, rate_window);
  rate_long_ = rate_.rate(now, RateMeter::window_max);
  if (slow_start_ && target_ < bound()) {
    const std::uint64_t recent = rate_.rate(now, look);
    if (recent > best_rate_ + best_rate_ / 10) {
      best_rate_ = recent;
      return;
    }
  }
  slow_start_ = false;
  const Duration delay = std::min({shortest_, shortest_before_, round_trip_max}) + slack;
  const double blocks = static_cast<double>(rate_now_) * seconds_of(delay) / double{block_size};
  target_ = static_cast<std::size_t>(
      std::clamp(blocks + 1, double{limits::our_requests_min}, double{limits::our_requests_max}));
}

Instant RequestWindow::deadline() const {
  if (waiting_since_ == never) return never;
  Duration gap = given_blocks_ ? stall_max : Duration::zero();
  if (rate_long_ > 0)
    gap = Duration(std::int64_t{1'000'000'000} * block_size /
                   static_cast<std::int64_t>(std::min<std::uint64_t>(rate_long_, 1u << 30)));
  return waiting_since_ + std::clamp(4 * std::min(gap, stall_max), stall_min, stall_max);
}

void RequestWindow::on_deadline(Instant now) {
  if (stalled(now)) snubbed_ = true;
}

}  // namespace seed::swarm
