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
#include <map>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "core/base/ids.h"
#include "core/base/limits.h"

namespace seed::session {

class Dialing {
 public:
  static constexpr std::size_t dials_per_turn_max = 16;
  /// Of the torrents that wait so many are looked at in one go; the others the next time.
  static constexpr std::size_t waiting_looked_at_max = 1000;

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
  /// Who gives up links, for the setting was lowered: whoever has more than its share.
  std::vector<Giver> who_is_over(std::size_t links_max) const {
    std::vector<Giver> out;
    if (links_ <= links_max) return out;
    std::size_t excess = links_ - links_max;
    const std::size_t share = links_max / holders_.size();
    for (const auto& [id, count] : holders_) {
      const std::size_t gives = std::min(excess, count > share ? count - share : 0);
      if (gives > 0) out.push_back({id, gives});
      excess -= gives;
    }
    return out;
  }
  /// Who gives up a link when all are taken: the torrent with most, if it has more than its share
  /// and one with less waits (`could_dial(id) -> bool`). Who waits and could not dial loses its
  /// place in line.
  template <typename CouldDial>
  std::optional<TorrentId> who_gives_way(std::size_t links_max, CouldDial&& could_dial) {
    if (links_ < links_max || holders_.empty()) return std::nullopt;
    const auto most = std::ranges::max_element(
        holders_, {}, [](const auto& it) { return std::tuple(it.second, it.first); });
    std::size_t sharers = holders_.size();
    std::size_t least = most->second;
    for (std::size_t i = std::min(line_.size(), waiting_looked_at_max); i > 0; --i) {
      const TorrentId id = line_.front();
      line_.pop_front();
      queued_.erase(id);
      if (!could_dial(id)) continue;
      want(id);
      const auto held = holders_.find(id);
      sharers += held == holders_.end() ? 1u : 0u;
      least = std::min(least, held == holders_.end() ? 0 : held->second);
    }
    const std::size_t share = std::max<std::size_t>(links_max / sharers, 1);
    if (most->second <= share || least >= share) return std::nullopt;
    return most->first;
  }

 private:
  static std::size_t moved(std::size_t count, int change) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(count) + change);
  }

  std::size_t links_ = 0;                     ///< of all torrents
  std::size_t half_open_ = 0;                 ///< dials under way
  std::map<TorrentId, std::size_t> holders_;  ///< in order, for who gives way must not be chance
  std::deque<TorrentId> line_;
  std::unordered_set<TorrentId, SlotIdHash<struct TorrentTag>> queued_;
};

}  // namespace seed::session
