// Dialing: which torrent may dial next. Torrents that want links take turns.
//
// Bounds: limits::half_open_max dials under way, the setting peer_limit_global,
// `dials_per_turn_max` so that one turn stays short.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>

#include "core/base/ids.h"
#include "core/base/limits.h"

namespace seed::session {

class Dialing {
 public:
  static constexpr std::size_t dials_per_turn_max = 16;

  /// The torrent wants to dial; it keeps its place in line if it has one.
  void want(TorrentId id) {
    if (queued_.insert(id).second) line_.push_back(id);
  }
  bool empty() const { return line_.empty(); }

  // --- what there is
  void on_link_count(int change) { links_ = moved(links_, change); }
  void on_half_open(int change) { half_open_ = moved(half_open_, change); }
  std::size_t links() const { return links_; }
  /// How many dials may be begun; `links_max` is the setting.
  std::size_t room(std::size_t links_max) const {
    if (half_open_ >= limits::half_open_max || links_ >= links_max) return 0;
    return std::min(limits::half_open_max - half_open_, links_max - links_);
  }

  /// `dial(id) -> bool`: dials one candidate; false when that torrent has nobody to dial. Gives
  /// turns while there is `room`. Returns the dials made.
  template <typename Dial>
  std::size_t give_turns(std::size_t room, Dial&& dial) {
    std::size_t dialled = 0;
    room = room < dials_per_turn_max ? room : dials_per_turn_max;
    while (!line_.empty() && dialled < room) {
      const TorrentId id = line_.front();
      line_.pop_front();
      queued_.erase(id);
      if (!dial(id)) continue;
      ++dialled;
      want(id);
    }
    return dialled;
  }

 private:
  static std::size_t moved(std::size_t count, int change) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(count) + change);
  }

  std::size_t links_ = 0;      ///< of all torrents
  std::size_t half_open_ = 0;  ///< dials under way
  std::deque<TorrentId> line_;
  std::unordered_set<TorrentId, SlotIdHash<struct TorrentTag>> queued_;
};

}  // namespace seed::session
