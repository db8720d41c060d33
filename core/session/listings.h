// Listings: queries for many torrents. One that needs what torrents at rest have in the store only
// waits until they have loaded it.
//
// Also keeps which torrents were removed lately. Bounds: TorrentIndex::recently for those;
// limits::listing_wait_max for the waiting, as a disk that hangs loads nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/session/session.h"
#include "core/session/torrent_index.h"

namespace seed::session {

class Listings {
 public:
  /// Both outlive it; `sequence` is the session's number now.
  Listings(TorrentIndex& torrents, const std::uint64_t& sequence)
      : torrents_(torrents), sequence_(sequence) {}

  /// Answers at once when nothing is to be waited for.
  void list(const ListQuery& query, Instant now, OrderAnswer<ListReply> answer);
  void on_removed(TorrentNumber number, Instant now) { removed_.emplace_back(now, number); }
  /// Once a second: forgets what is not recent any more, answers what waited long enough.
  void on_second(Instant now);

 private:
  struct Listing {
    Groups groups;
    bool recent = false;
    OrderAnswer<ListReply> answer;
    std::vector<TorrentId> ids;
    Instant until;
    std::size_t left = 1;
  };
  using ListingId = SlotId<struct ListingTag>;
  void advance(ListingId id);
  void answer(Listing listing);

  TorrentIndex& torrents_;
  const std::uint64_t& sequence_;
  SlotMap<Listing, struct ListingTag> open_;
  std::deque<std::pair<Instant, TorrentNumber>> removed_;
};

}  // namespace seed::session
