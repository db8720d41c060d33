// LiveTotals: what a torrent has sent, received and thrown away, for how long, at what rate, and
// when it last did so. The sums and dates are the record's; the rest lives as long as the run.
//
// Units: octets of payload, octets a second.
#pragma once

#include <cstdint>

#include "core/base/instant.h"
#include "core/swarm/rate.h"
#include "core/torrent/record.h"
#include "core/torrent/seed_limits.h"
#include "core/torrent/snapshot.h"

namespace seed::torrent {

class LiveTotals {
 public:
  /// `record` outlives it.
  LiveTotals(TorrentRecord& record, Instant now)
      : record_(&record), last_payload_(now), counted_to_(now) {}

  void on_downloaded(std::uint64_t bytes, Instant now, WallTime wall);
  void on_uploaded(std::uint64_t bytes, Instant now, WallTime wall);
  /// A piece did not pass: what was counted as downloaded was not.
  void on_corrupt(std::uint64_t bytes);
  /// It begins to run: what it has not done before does not make it idle.
  void on_begin(Instant now) { last_payload_ = now; }
  /// It is in that state now; what has passed since the last call it was in the one before. Counts
  /// whole seconds, and keeps the rest.
  void on_time(Status status, Instant now);

  std::uint64_t rate_down(Instant now) const { return rests(now) ? 0 : rate_down_.rate(now); }
  std::uint64_t rate_up(Instant now) const { return rests(now) ? 0 : rate_up_.rate(now); }
  struct Seconds {
    std::int64_t downloading = 0;
    std::int64_t seeding = 0;
  };
  /// In all, with those since the last on_time().
  Seconds seconds(Instant now) const;
  bool moving(Instant now) const { return rate_down(now) > 0 || rate_up(now) > 0; }
  /// Since payload last passed, or since it began to run.
  Duration idle(Instant now) const { return now - last_payload_; }
  SeedFacts seed_facts(Instant now) const {
    return {record_->progress.size_when_done, record_->totals.uploaded, idle(now)};
  }

 private:
  /// Nothing passed in any window of the meters: a list of thousands need not look into them.
  bool rests(Instant now) const { return !moved_ || idle(now) > swarm::RateMeter::window_max; }

  TorrentRecord* record_;
  Instant last_payload_;
  Instant counted_to_;               ///< the last on_time()
  Duration uncounted_{};             ///< part of a second not yet in the record
  Status status_ = Status::stopped;  ///< since the last on_time()
  bool moved_ = false;               ///< payload has passed
  swarm::RateMeter rate_down_;
  swarm::RateMeter rate_up_;
};

}  // namespace seed::torrent
