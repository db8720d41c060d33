// Queueing: which of the torrents that want to run may.
//
// Downloads and seeds have lines of their own (settings download_queue_*, seed_queue_*), in the
// order of their ranks. Stalled ones take no place; those started past the queue run anyway and
// take one. One that is still to be checked takes no place: who waits need not wait for that too.
//
// Where a torrent changes, only its own line is looked at, and of that as much as there are places:
// with 100,000 torrents each start and stop would cost milliseconds else. A line without a limit
// remembers nobody.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "core/base/ids.h"
#include "core/torrent/torrent.h"

namespace seed::session {

struct QueueTerms {
  bool downloads_limited = true;
  std::size_t downloads = 5;
  bool seeds_limited = false;
  std::size_t seeds = 10;
};

class Queueing {
 public:
  struct Permission {
    TorrentId id;
    bool allowed = false;
    bool operator==(const Permission&) const = default;
  };

  Queueing() { reset({}); }
  /// Forgets all torrents: they are to be put in again.
  void reset(const QueueTerms& terms);
  /// A torrent that is new, or of which something may be other than it was. Lower ranks are first;
  /// of two torrents with one rank the older id is.
  void put(TorrentId id, std::int64_t rank, const torrent::QueueFacts& facts);
  void erase(TorrentId id);
  /// May they run? Those put since the last call, and all for whom the answer is another now.
  std::vector<Permission> settle();
  struct Standing {
    std::size_t place = 0;  ///< from 1, among those who wait for the same
    std::size_t of = 0;
    bool operator==(const Standing&) const = default;
  };
  /// Of those who wait for their turn, by the last settle(); the others are left out. Costs a walk
  /// along the lines that they are in.
  std::map<TorrentId, Standing> standings(const std::vector<TorrentId>& of) const;
  /// Those in lines who may run: only they can stall.
  std::vector<TorrentId> allowed() const;

 private:
  struct Place {
    std::int64_t rank = 0;
    TorrentId id;
    auto operator<=>(const Place&) const = default;
  };
  static constexpr Place before_all{std::numeric_limits<std::int64_t>::min(), {}};
  static constexpr Place behind_all{std::numeric_limits<std::int64_t>::max(), {}};
  struct Line {
    bool limited = false;
    std::size_t places = 0;
    std::set<Place> waiting;     ///< all but those started past the queue
    std::set<Place> takers;      ///< of these, who takes a place where it runs
    std::size_t taken_past = 0;  ///< places taken by those started past the queue
    Place last = behind_all;     ///< who is not behind it may run
  };
  struct Known {
    Place place;
    bool done = false;
    bool forced = false;
    bool taker = false;
    bool operator==(const Known&) const = default;
  };

  static Place last_allowed(const Line& line);
  static void move_boundary(Line& line, std::vector<Permission>& out);

  std::array<Line, 2> lines_;  ///< downloads, seeds
  std::map<TorrentId, Known> known_;
  std::vector<TorrentId> fresh_;
  std::vector<Permission> decided_;  ///< whom no line holds up
};

}  // namespace seed::session
