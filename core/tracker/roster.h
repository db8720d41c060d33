// Roster: the trackers of one torrent, a row each, and the order in which they are tried (BEP 12).
//
// A row that left the list stays until its tracker has heard `stopped`, in no tier.
// Bounds: limits::trackers_per_torrent_max; the rest of a longer list is left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/tracker/announce.h"
#include "core/tracker/facts.h"
#include "core/tracker/scrape.h"
#include "core/tracker/tiers.h"
#include "core/tracker/tracker_id.h"
#include "core/tracker/urgency.h"

namespace seed::tracker {

/// Announce URLs, tier by tier, in the torrent's order.
using TierList = std::vector<std::vector<std::string>>;

/// All that an Announcer knows of one tracker.
struct Row {
  TrackerId id;
  std::string url;
  std::uint32_t tier = 0;
  std::uint32_t place = 0;     ///< in the torrent's list, for display
  bool supported = false;      ///< of a scheme that we speak
  bool removed = false;        ///< out of the list, has yet to hear `stopped`
  bool listed = false;         ///< took `started` and has not heard `stopped`
  bool listed_before = false;  ///< was, before a restart, and has not been asked since
  bool was_listed = false;     ///< listed_before, when the announce under way began
  bool stop_due = false;       ///< is to hear `stopped`
  bool never = false;          ///< BEP 31: not to be asked again
  int failures = 0;            ///< announces, in a row
  int scrape_failures = 0;
  AnnounceEvent saying = AnnounceEvent::none;  ///< while active
  Urgency urgency = Urgency::routine;          ///< while queued
  Instant blocked_until{};                     ///< back-off
  Instant failed_at{};                         ///< the last announce that failed
  bool blocked_by_tracker = false;             ///< by `retry in`: not for the user to shorten
  Instant allowed_at{};                        ///< end of the min interval
  std::optional<Instant> keep_until;           ///< listed before a restart: the next announce
  Instant next_scrape = seed::never;
  std::string tracker_id;
  AskFacts announce;
  AskFacts scrape;
  ScrapeCounts counts;
  std::uint32_t last_peers = 0;
  std::string warning;
  bool refused = false;

  bool announcing() const {
    return announce.state == AskState::queued || announce.state == AskState::active;
  }
  /// Its last answer was no good; one that cannot be reached has not answered.
  bool refuses() const { return refused && !announce.succeeded; }
  bool lists_us() const { return listed || listed_before; }
  /// Under way with its last word.
  bool leaving() const {
    return announce.state == AskState::active && saying == AnnounceEvent::stopped;
  }
};

class Roster {
 public:
  /// Rows of URLs that stay are kept; ids are drawn for new ones; a URL that comes twice counts
  /// once. Rows of URLs that are gone are marked removed.
  void assign(const TierList& tiers, TrackerIds& ids, Rng& rng);
  void erase(TrackerId id) { rows_.erase(id); }
  void promote(TrackerId id) { tiers_.promote(id); }

  Row* find(TrackerId id);
  const Row* find(TrackerId id) const { return const_cast<Roster*>(this)->find(id); }
  /// The row of a URL in the list; null when there is none.
  Row* find(const std::string& url);
  /// All rows, removed ones too, in order of id.
  std::map<TrackerId, Row>& rows() { return rows_; }
  const std::map<TrackerId, Row>& rows() const { return rows_; }
  /// Those in the list, in the order in which they are tried.
  const std::vector<std::vector<TrackerId>>& tiers() const { return tiers_.tiers(); }

 private:
  std::map<TrackerId, Row> rows_;
  Tiers tiers_;
};

/// "tracker.example:80"; empty for a URL that does not parse.
std::string host_of(const std::string& url);
/// What a row shows of itself; the announce state and is_backup are the Announcer's to refine.
TrackerFacts facts_of(const Row& row);

}  // namespace seed::tracker
