// TrackerEdits: how an order of the RPC changes a torrent's list of trackers (contract, 6.3). Facts
// in, decision out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/session/session.h"
#include "core/tracker/announcer.h"

namespace seed::session {

/// A URL a line, a blank line between tiers; nothing when one of them is no tracker's URL.
std::optional<tracker::TierList> parse_tracker_list(const std::string& text);

/// The same of the setting default_trackers; what is no tracker's URL is left out.
tracker::TierList default_tracker_list(const std::string& text);

/// The list after the order, and what of the order could not be carried out.
struct TrackerEdit {
  tracker::TierList tiers;
  std::optional<OrderError> error;
};

/// `url_of` gives the URL of a tracker's id, empty when the torrent has none of that id.
TrackerEdit edit_trackers(tracker::TierList tiers, const SetOrder& order,
                          const std::function<std::string(std::int64_t)>& url_of);

}  // namespace seed::session
