// TrackerEdits: how an order of the RPC changes torrents' lists of trackers (contract, 6.3). Facts
// in, decision out.
//
// Bounds: limits::trackers_per_torrent_max URLs in a list; what would be added beyond is left out.
// An order may be for thousands of torrents: it is read once, and each torrent costs no more than
// its own list and the order's are long.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/session/session.h"
#include "core/tracker/announcer.h"

namespace seed::session {

/// A URL a line, a blank line between tiers; nothing when one of them is no tracker's URL.
std::optional<tracker::TierList> parse_tracker_list(const std::string& text);

/// The same of the setting default_trackers; what is no tracker's URL is left out.
tracker::TierList default_tracker_list(const std::string& text);

/// URLs of one torrent's trackers by their ids.
using TrackerUrls = std::unordered_map<std::int64_t, std::string>;

/// The list after the order, and what of the order could not be carried out.
struct TrackerEdit {
  tracker::TierList tiers;
  std::optional<OrderError> error;
};

class TrackerEdits {
 public:
  explicit TrackerEdits(const SetOrder& order);

  /// False: no torrent's list changes.
  bool any() const { return list_given_ || add_given_ || remove_given_ || replace_given_; }
  /// Whether edit() looks at the ids.
  bool by_id() const { return remove_given_ || replace_given_; }
  /// `urls` need not be there unless by_id().
  TrackerEdit edit(tracker::TierList tiers, const TrackerUrls& urls) const;

 private:
  bool add(tracker::TierList& tiers) const;
  bool remove(tracker::TierList& tiers, const TrackerUrls& urls) const;
  bool replace(tracker::TierList& tiers, const TrackerUrls& urls) const;

  // Usable URLs alone; what was given, usable or not, has to change something.
  std::optional<tracker::TierList> list_;
  std::vector<std::string> add_;
  std::vector<std::int64_t> remove_;
  std::vector<std::pair<std::int64_t, std::string>> replace_;
  bool list_given_, add_given_, remove_given_, replace_given_;
};

}  // namespace seed::session
