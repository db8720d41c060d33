// Listings: queries for many torrents. One that needs what torrents at rest have in the store only
// waits until they have loaded it.
//
// Also keeps which torrents were removed lately. A query for what changed since a number that is of
// another run, or older than the removals that are kept, is answered in full, or, where it is for a
// part only, by `full` without torrents. Bounds:
// TorrentIndex::recently and limits::removals_max for those; limits::listing_wait_max for the
// waiting, as a disk that hangs loads nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/session/session.h"
#include "core/session/torrent_index.h"

namespace seed::session {

class Listings {
 public:
  /// All outlive it; `sequence` is the session's number now, and that with which the run began.
  Listings(const io::Clock& clock, TorrentIndex& torrents, const std::uint64_t& sequence)
      : clock_(clock), torrents_(torrents), sequence_(sequence), known_from_(sequence) {}

  /// The run begins with the session's number as it is now, with which nothing was told yet.
  void begin() { known_from_ = sequence_; }
  /// Answers at once when nothing is to be waited for.
  void list(const ListQuery& query, OrderAnswer<ListReply> answer);
  /// It has the session's number now; `labels` are those it had.
  void on_removed(TorrentNumber number, const std::vector<std::string>& labels, Instant now);
  /// It has the session's number now, and these labels no more: who are kept to one of them hear
  /// that it is gone.
  void on_unlabelled(TorrentNumber number, const std::vector<std::string>& lost, Instant now);
  /// Whether all that changed after that number is known.
  bool knows(std::uint64_t since) const { return since >= known_from_ && since <= sequence_; }
  /// Once a second: forgets what is not recent any more, answers what waited long enough.
  void on_second(Instant now);

 private:
  struct Listing {
    Groups groups;
    bool recent = false;
    std::uint64_t since = 0;  ///< 0: it is answered in full
    std::uint64_t sequence = 0;
    std::uint64_t newest = 0;
    std::vector<std::string> only_labels;
    OrderAnswer<ListReply> answer;
    std::vector<TorrentId> ids;
    Instant asked;
    Instant until;
    std::size_t left = 1;
  };
  using ListingId = SlotId<struct ListingTag>;
  std::vector<torrent::Torrent*> choose(const ListQuery& query, Listing& listing);
  std::vector<torrent::Torrent*> choose_changed(const ListQuery& query, Listing& listing);
  void advance(ListingId id);
  void answer_waiting(Listing listing);
  void answer(Listing listing, const std::vector<torrent::Torrent*>& chosen);

  const io::Clock& clock_;
  TorrentIndex& torrents_;
  const std::uint64_t& sequence_;
  SlotMap<Listing, struct ListingTag> open_;
  struct Removal {
    Instant when;
    std::uint64_t sequence = 0;
    TorrentNumber number = 0;
    std::vector<std::uint64_t> labels;  ///< hashes of those it had or lost
    bool gone = true;                   ///< for all, not only for who are kept to labels
  };
  void remember(Removal removal);
  bool concerns(const Removal& removal, const std::vector<std::string>& only_labels);

  std::deque<Removal> removed_;
  std::uint64_t known_from_;  ///< no removal after this number is forgotten
};

}  // namespace seed::session
