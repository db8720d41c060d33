// Loading: reads the session's state at its start, and a torrent's content when it wakes; both are
// parsed on a worker.
//
// Content that was just added is kept here until it is asked for the first time. This object
// outlives its jobs, or the workers are gone first.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/torrent/content.h"
#include "core/torrent/record.h"

namespace seed::session {

/// What was in the store, parsed; the torrents in the order of their keys, with queue positions
/// from 0 on, without gaps.
struct LoadedState {
  io::StoreContent content;  ///< without its torrents
  std::vector<std::pair<io::StoreKey, torrent::TorrentRecord>> torrents;
  std::vector<std::string> unreadable;  ///< hash and reason; they stay in the store
};

class Loading {
 public:
  explicit Loading(io::Workers& workers) : workers_(workers) {}

  void load_state(Answer<LoadedState> answer);
  /// The answer comes later, never from within.
  void load_content(TorrentId id, io::StoreKey key, Answer<torrent::LoadedContent> answer);
  /// load_content() will find this, once.
  void keep_fresh(TorrentId id, torrent::LoadedContent content) {
    fresh_.emplace(id, std::move(content));
  }
  void forget(TorrentId id) { fresh_.erase(id); }

 private:
  io::Workers& workers_;
  std::unordered_map<TorrentId, torrent::LoadedContent, SlotIdHash<struct TorrentTag>> fresh_;
};

}  // namespace seed::session
