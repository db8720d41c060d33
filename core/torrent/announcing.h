// Announcing: a torrent's trackers. Turns the announcer's decisions into turns asked of the
// session, fills in what the torrent knows, and shows what trackers said.
//
// The schedule is tracker::Announcer's; the queue per host and the exchange are the session's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/torrent/record.h"
#include "core/tracker/announcer.h"

namespace seed::torrent {

/// What an announce tells of the torrent now.
struct AnnounceTotals {
  Sha1 info_hash;
  std::optional<Sha1> info_hash_v2;
  std::uint64_t uploaded = 0;  ///< octets of payload since `started`
  std::uint64_t downloaded = 0;
  std::uint64_t corrupt = 0;
  /// Octets of the whole that are missing, wanted or not: 0 makes a seed of us in the tracker's
  /// counts. Nothing while the size is unknown.
  std::optional<std::uint64_t> left;
  bool partial_seed = false;  ///< something is missing and nothing wanted
};

/// The worst thing a tracker says at the moment.
struct TrackerTrouble {
  bool is_error = false;  ///< else a warning
  std::string text;
};

/// Those of a torrent, and behind them the tiers of the session's that are not among them.
tracker::TierList joined(tracker::TierList own, const tracker::TierList& defaults);
bool has_url(const tracker::TierList& tiers, const std::string& url);

class Announcing {
 public:
  explicit Announcing(Rng rng, const tracker::Announcer::Options& options);

  /// At loading: the list, and what the record knew of it before the restart.
  void restore(const tracker::TierList& tiers, const TorrentRecord& record,
               tracker::TrackerIds& ids, Instant now, WallTime wall);
  void set_trackers(const tracker::TierList& tiers, tracker::TrackerIds& ids, Instant now);
  /// What trackers that hear `started` are told counts from `totals` on (BEP 3). One that lists us
  /// still, for its `stopped` was not said yet, is told on as before.
  void start(const tracker::Announcer::Start& how, const AnnounceTotals& totals, Instant now);
  void stop(Instant now);
  void completed(Instant now);
  void reannounce(Instant now);

  /// The turn has come: the whole request and where it goes, or nothing if it is not wanted now.
  struct Ready {
    std::string url;
    tracker::AnnounceRequest request;
  };
  std::optional<Ready> begin_announce(tracker::TrackerId tracker, const AnnounceTotals& totals,
                                      Instant now);
  tracker::Announcer& machine() { return announcer_; }
  const tracker::Announcer& machine() const { return announcer_; }

  /// What the trackers in use say; nothing when they are content.
  std::optional<TrackerTrouble> trouble() const;
  std::vector<tracker::TrackerMemory> memory(Instant now) const { return announcer_.memory(now); }

 private:
  /// Octets when the torrent started, or, before it does, when it was loaded.
  struct Base {
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t corrupt = 0;
  };
  Base base_of(tracker::TrackerId tracker, tracker::AnnounceEvent event);

  tracker::Announcer announcer_;
  Base base_;
  /// The one that each tracker's `started` counted from, until its `stopped`: a number must not
  /// shrink in between, nor count twice what another announced session has told.
  std::map<tracker::TrackerId, Base> bases_;
};

}  // namespace seed::torrent
