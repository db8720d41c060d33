// Dialing: which torrent may dial next. Torrents that want links take turns.
//
// Bounds: limits::half_open_max dials under way, the setting peer_limit_global,
// `dials_per_turn_max` so that one turn stays short.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

#include "core/base/ids.h"

namespace seed::session {

class Dialing {
 public:
  static constexpr std::size_t dials_per_turn_max = 16;

  /// The torrent wants to dial; it keeps its place in line if it has one.
  void want(TorrentId id) {
    if (queued_.insert(id).second) line_.push_back(id);
  }
  bool empty() const { return line_.empty(); }

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
  std::deque<TorrentId> line_;
  std::unordered_set<TorrentId, SlotIdHash<struct TorrentTag>> queued_;
};

}  // namespace seed::session
