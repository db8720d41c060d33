// TrackerFacts and TrackerMemory: what an Announcer shows of each tracker, and what it wants kept
// across a restart. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/instant.h"
#include "core/tracker/scrape.h"
#include "core/tracker/tracker_id.h"

namespace seed::tracker {

/// The numbers are the RPC's announce_state and scrape_state.
enum class AskState : std::uint8_t { inactive = 0, waiting = 1, queued = 2, active = 3 };

/// How the last announce or scrape of a tracker went.
struct AskFacts {
  AskState state = AskState::inactive;
  std::optional<Instant> next;        ///< when waiting
  std::optional<Instant> last_start;  ///< when it last went out
  std::optional<Instant> last_done;   ///< when it last was answered or failed
  bool succeeded = false;
  bool timed_out = false;
  std::string result;  ///< announce: "Success" or the failure; scrape: "" or the failure

  bool has_happened() const { return last_done.has_value(); }
  bool operator==(const AskFacts&) const = default;
};

/// One row of torrent_get's tracker_stats.
struct TrackerFacts {
  TrackerId id;
  std::uint32_t tier = 0;
  std::string announce_url;
  std::string scrape_url;  ///< "" when there is none
  std::string host;        ///< "tracker.example:80"
  std::string site_name;   ///< "example"
  bool is_backup = false;  ///< not the one in use
  AskFacts announce;
  AskFacts scrape;
  ScrapeCounts counts;            ///< of announces and scrapes, the latest
  std::uint32_t last_peers = 0;   ///< peers in the last answer
  std::string warning;            ///< of the last answer
  bool refused = false;           ///< the last announce was answered, but badly or with a refusal
  bool refused_for_good = false;  ///< BEP 31: it is not to be asked again; maybe since a run before

  bool operator==(const TrackerFacts&) const = default;
};

/// What is kept of a tracker across a restart; times are spans, for Instants do not outlive a run.
struct TrackerMemory {
  std::string url;
  Duration until_next{};          ///< to the next announce; 0 when due
  Duration until_allowed{};       ///< to the end of the min interval or the back-off
  int failures = 0;               ///< in a row
  bool refused_for_good = false;  ///< BEP 31: never
  bool listed = false;            ///< took `started` and has not heard `stopped`
  bool completed_owed = true;     ///< is to hear `completed`, if CompletedMemory::unheard
  std::string tracker_id;

  bool operator==(const TrackerMemory&) const = default;
};

/// What is kept of `completed` across a restart, so that it is said once in a torrent's life.
struct CompletedMemory {
  bool said = false;     ///< the torrent was complete once: it is not said again
  bool unheard = false;  ///< but not all that are to hear it have, see TrackerMemory

  bool operator==(const CompletedMemory&) const = default;
};

}  // namespace seed::tracker
