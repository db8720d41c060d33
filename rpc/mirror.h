// Mirror: what clients can see of all torrents and costs the loop little, kept on this side, so
// that a list of them takes from the loop only what changed since the list before (docs/adr/0020).
//
// What runs with the clock alone is reckoned on from when it was copied. Safe from every thread.
// Bounds: one snapshot a torrent, without trackers, peers, files and pieces; with forget_if_idle(),
// which who asks for anything calls, gone when nobody has asked for lists for
// limits::changes_idle_max. Filled list_step torrents at a time, by one thread while others wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "core/base/limits.h"
#include "core/session/session.h"
#include "rpc/call_error.h"
#include "rpc/list_in_steps.h"

namespace seed::rpc {

class Mirror {
 public:
  using Clock = std::chrono::steady_clock;
  Mirror() = default;
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  /// All that needs no other groups than these is in it.
  static bool holds(const session::Groups& groups) {
    return !groups.trackers && !groups.peers && !groups.files && !groups.pieces &&
           !groups.availability;
  }
  /// Brings it up to date: what is read afterwards is as new as this call. Busy when another thread
  /// still fills it at `until`.
  std::expected<void, CallError> refresh(const AskList& ask, Clock::time_point until);
  std::expected<void, CallError> refresh(const AskList& ask) {
    return refresh(ask, Clock::now() + limits::rpc_deadline);
  }
  /// visit(snapshot) for all, by their numbers; with what runs by the clock as it is at `now`,
  /// unless that is not asked for. Returns the session's number of what was read.
  template <typename Visit>
  std::uint64_t each(Clock::time_point now, bool by_clock, Visit&& visit) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [number, copy] : copies_) {
      if (!by_clock || !ages(copy, now)) {
        visit(copy.torrent);
        continue;
      }
      session::TorrentSnapshot aged = copy.torrent;
      age(aged, now - copy.taken);
      visit(aged);
    }
    return sequence_;
  }
  void forget_if_idle(Clock::time_point now);
  std::size_t size() const;

 private:
  struct Copy {
    session::TorrentSnapshot torrent;
    Clock::time_point taken;
  };

  /// Whether a second has passed that shows.
  static bool ages(const Copy& copy, Clock::time_point now);
  static void age(session::TorrentSnapshot& torrent, Clock::duration by);
  /// The one who fills; the others wait for their turn to see that it is done.
  class Turn;

  /// The session's number that it is filled up to; fills it only if that is `stale` still.
  std::expected<std::uint64_t, CallError> fill(const AskList& ask, std::uint64_t stale,
                                               Clock::time_point until);
  void take(session::ListReply reply);
  void take_full(std::vector<session::TorrentSnapshot> torrents, std::uint64_t sequence);

  std::mutex turns_;  ///< guards filling_
  std::condition_variable turned_;
  bool filling_ = false;
  mutable std::shared_mutex mutex_;  ///< guards what follows
  std::map<session::TorrentNumber, Copy> copies_;
  std::uint64_t sequence_ = 0;  ///< 0: empty
  Clock::time_point asked_{};
};

}  // namespace seed::rpc
