// Dialing: which torrent may dial next, and which one gives up links for it, or for one whose peers
// come and find no place. Torrents that want links take turns.
//
// Bounds: limits::half_open_max dials under way, the setting peer_limit_global,
// `dials_per_turn_max` so that one turn stays short, `refused_max` torrents whose peers were turned
// away. For those one place at a time is kept, and none gives below its share, so that whoever
// comes again and again has no more of it than that.
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
#include "core/base/instant.h"
#include "core/base/limits.h"

namespace seed::session {

class Dialing {
 public:
  static constexpr std::size_t dials_per_turn_max = 16;
  /// Of the torrents that wait so many are looked at in one go; the others the next time.
  static constexpr std::size_t waiting_looked_at_max = 1000;
  /// Torrents known to wait for peers that were turned away; beyond, the newest has to try again.
  static constexpr std::size_t refused_max = 1000;
  /// So long a torrent waits after that: peers dial again after a minute, then after two or more.
  static constexpr Duration refused_for = 3min;
  /// So long a place is kept for one that dials.
  static constexpr Duration kept_for_dial = 5s;

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

  /// Whether that torrent may have one more link: there is a place, and it is not kept for those
  /// who have less than their share.
  bool room_for(TorrentId id, std::size_t links_max, Instant now) const {
    if (links_ >= links_max) return false;
    return links_ + 1 < links_max || now >= kept_until_ || links_of(id) < kept_share_;
  }
  /// A peer came for that torrent and was turned away.
  void on_refused(TorrentId id, Instant now) {
    if (refused_.size() >= refused_max) forget_refused(now);
    if (refused_.size() >= refused_max && !refused_.contains(id)) return;
    Refused& refused = refused_[id];
    refused.when = now;
    ++refused.times;
  }
  /// A peer came and has its link: perhaps one that was turned away before. (A dial may yet fail.)
  void on_came(TorrentId id) {
    const auto found = refused_.find(id);
    if (found == refused_.end()) return;
    if (links_of(id) <= kept_share_) kept_until_ = {};
    if (--found->second.times == 0) refused_.erase(found);
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
  /// and one with less waits: in line (`could_dial(id) -> bool`), or for a peer to come again. Who
  /// is in line and could not dial loses its place. What is given up is kept for such as wait.
  template <typename CouldDial>
  std::optional<TorrentId> who_gives_way(std::size_t links_max, Instant now,
                                         CouldDial&& could_dial) {
    if (links_ < links_max || holders_.empty()) return std::nullopt;
    const auto most = std::ranges::max_element(
        holders_, {}, [](const auto& it) { return std::tuple(it.second, it.first); });
    std::size_t sharers = holders_.size();
    std::size_t least = most->second;
    const auto count = [&](TorrentId id) {
      sharers += links_of(id) == 0 ? 1u : 0u;
      least = std::min(least, links_of(id));
    };
    for (std::size_t i = std::min(line_.size(), waiting_looked_at_max); i > 0; --i) {
      const TorrentId id = line_.front();
      line_.pop_front();
      queued_.erase(id);
      if (!could_dial(id)) continue;
      want(id);
      count(id);
    }
    forget_refused(now);
    for (const auto& [id, refused] : refused_)
      if (!queued_.contains(id)) count(id);
    const std::size_t share = std::max<std::size_t>(links_max / sharers, 1);
    if (most->second <= share || least >= share) return std::nullopt;
    keep_place(share, now);
    return most->first;
  }

 private:
  struct Refused {
    Instant when{};         ///< the last time
    std::size_t times = 0;  ///< without one that came since
  };
  static std::size_t moved(std::size_t count, int change) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(count) + change);
  }

  std::size_t links_of(TorrentId id) const {
    const auto held = holders_.find(id);
    return held == holders_.end() ? 0 : held->second;
  }
  void forget_refused(Instant now) {
    std::erase_if(refused_, [&](const auto& it) { return now - it.second.when >= refused_for; });
  }
  void keep_place(std::size_t share, Instant now) {
    kept_share_ = share;
    kept_until_ = now + kept_for_dial;
    for (const auto& [id, refused] : refused_)
      if (links_of(id) < share) kept_until_ = std::max(kept_until_, refused.when + refused_for);
  }

  std::size_t links_ = 0;                     ///< of all torrents
  std::size_t half_open_ = 0;                 ///< dials under way
  std::map<TorrentId, std::size_t> holders_;  ///< in order, for who gives way must not be chance
  std::map<TorrentId, Refused> refused_;      ///< whose peers were turned away
  Instant kept_until_{};                      ///< the last free place is kept
  std::size_t kept_share_ = 0;                ///< for torrents with fewer links than this
  std::deque<TorrentId> line_;
  std::unordered_set<TorrentId, SlotIdHash<struct TorrentTag>> queued_;
};

}  // namespace seed::session
