// Dialing: which torrent may dial next, and which one gives up links for it. Torrents that want
// links take turns.
//
// Bounds: limits::half_open_max dials under way, the setting peer_limit_global,
// `dials_per_turn_max` so that one turn stays short.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <tuple>
#include <unordered_map>
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
  void on_link_count(TorrentId id, int change) {
    links_ = moved(links_, change);
    const auto held = holders_.try_emplace(id, 0).first;
    held->second = moved(held->second, change);
    if (held->second == 0) holders_.erase(held);
  }
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

  struct Giver {
    TorrentId torrent;
    std::size_t links = 0;  ///< how many it gives up
  };
  /// Who gives up links when all are taken: the torrent with most, if it has more than its share
  /// and one with less than that waits (`could_dial(id) -> bool`); or when more are taken than may
  /// be, for the setting was lowered.
  template <typename CouldDial>
  std::optional<Giver> who_gives_way(std::size_t links_max, CouldDial&& could_dial) const {
    if (links_ < links_max || holders_.empty()) return std::nullopt;
    const auto most = std::ranges::max_element(
        holders_, {}, [](const auto& it) { return std::tuple(it.second, it.first); });
    if (links_ > links_max) return Giver{most->first, std::min(most->second, links_ - links_max)};
    std::size_t sharers = holders_.size();
    for (const TorrentId id : line_) sharers += holders_.contains(id) ? 0u : 1u;
    const std::size_t share = std::max<std::size_t>(links_max / sharers, 1);
    if (most->second <= share) return std::nullopt;
    const bool one_waits = std::ranges::any_of(line_, [&](const TorrentId id) {
      const auto held = holders_.find(id);
      return (held == holders_.end() || held->second < share) && could_dial(id);
    });
    return one_waits ? std::optional(Giver{most->first, 1}) : std::nullopt;
  }

 private:
  static std::size_t moved(std::size_t count, int change) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(count) + change);
  }

  std::size_t links_ = 0;      ///< of all torrents
  std::size_t half_open_ = 0;  ///< dials under way
  std::unordered_map<TorrentId, std::size_t, SlotIdHash<struct TorrentTag>> holders_;
  std::deque<TorrentId> line_;
  std::unordered_set<TorrentId, SlotIdHash<struct TorrentTag>> queued_;
};

}  // namespace seed::session
