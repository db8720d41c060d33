// PendingSaves: which torrents are to be saved, what of them, and when that is due.
//
// A record alone waits `record_after`, so that what changes all the time is saved now and then;
// progress sooner, for its octets are durable already. Bounds: one entry a torrent.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/torrent/host.h"

namespace seed::session {

class PendingSaves {
 public:
  static constexpr Duration record_after = 30s;
  static constexpr Duration progress_after = 500ms;

  struct Due {
    TorrentId id;
    torrent::SaveNeeds needs;
  };

  /// Wishes for one torrent add up; the earliest instant counts.
  void want(TorrentId id, torrent::SaveNeeds needs, Instant now);
  /// It is saved otherwise, or gone.
  void forget(TorrentId id) { pending_.erase(id); }
  /// Takes what is due out, in order of the ids.
  std::vector<Due> take_due(Instant now);
  std::size_t size() const { return pending_.size(); }

 private:
  struct Pending {
    torrent::SaveNeeds needs;
    Instant due{};
  };
  std::unordered_map<TorrentId, Pending, SlotIdHash<struct TorrentTag>> pending_;
};

}  // namespace seed::session
