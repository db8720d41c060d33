// RequestWindow: how many requests to keep outstanding on one link: bandwidth x delay.
//
//   slow start: one more with each block, so it doubles each round trip, while the rate still
//   grows; steady:     rate x (shortest round trip + slack); snubbed:    nothing came for
//   snub_after: one request, until a block comes.
//
// Between limits::our_requests_min and the smaller of limits::our_requests_max and the peer's reqq
// (BEP 10). Counts requests of block_size. On loopback it reaches the bound within ten round trips.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/swarm/rate.h"

namespace seed::swarm {

class RequestWindow {
 public:
  /// Requests queue at the peer for this long beyond the round trip, so that its disk and ours may
  /// be late without the link running dry.
  static constexpr Duration slack = 1s;
  /// A measured round trip holds our own queue as well; beyond this it is taken for that.
  static constexpr Duration round_trip_max = 2s;
  /// One look at the rate in slow start: it must have grown by a tenth since the last.
  static constexpr Duration look = 500ms;
  /// A link stalls after four times the usual gap between blocks without one, within these; the
  /// longest is BEP 3's "anti-snubbing" minute.
  static constexpr Duration stall_min = 20s;
  static constexpr Duration stall_max = 60s;
  static constexpr Duration rate_window = 3s;

  explicit RequestWindow(std::size_t peer_reqq = limits::our_requests_max);
  /// The peer's extension handshake named its reqq; 0 is taken as 1.
  void set_peer_reqq(std::size_t reqq);

  /// `count` requests went out at `now`.
  void on_requested(std::size_t count, Instant now);
  /// A block that was asked for `round_trip` ago came.
  void on_block(std::uint32_t bytes, Duration round_trip, Instant now);
  /// Part of a block came, or we do not read: the peer is not to blame for the wait till now.
  void keep_waiting(Instant now);
  /// Requests ended without a block: rejected, cancelled, taken back or choked away.
  void on_given_up(std::size_t count);

  /// How many to have outstanding in all.
  std::size_t size() const;
  std::size_t outstanding() const { return outstanding_; }
  /// How many to send now.
  std::size_t room() const { return size() > outstanding_ ? size() - outstanding_ : 0; }
  /// Requests are out and nothing came for longer than is usual here: call on_deadline, take the
  /// blocks back (Picker, TakenBack::stalled), give them to others, and on_given_up.
  bool stalled(Instant now) const { return now >= deadline(); }
  /// When `stalled` turns true; `never` with nothing outstanding.
  Instant deadline() const;
  /// Notes the stall, if there is one.
  void on_deadline(Instant now);
  /// It stalled and no block came since.
  bool snubbed() const { return snubbed_; }

 private:
  std::size_t bound() const;
  void look_at_rate(Instant now);

  RateMeter rate_;
  std::size_t peer_reqq_;
  std::size_t target_ = limits::our_requests_min;
  std::size_t outstanding_ = 0;
  Instant waiting_since_ = never;  ///< since the last of a block or the first request, if any
  Instant last_look_{};
  std::uint64_t best_rate_ = 0;
  std::uint64_t rate_now_ = 0;
  std::uint64_t rate_long_ = 0;          ///< over RateMeter::window_max: tells the usual gap
  Duration shortest_ = Duration::max();  ///< round trip, of this and the last minute
  Duration shortest_before_ = Duration::max();
  Instant shortest_since_{};
  bool slow_start_ = true;
  bool snubbed_ = false;
  bool given_blocks_ = false;
};

}  // namespace seed::swarm
