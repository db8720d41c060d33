// TrackerId: names one announce URL of one torrent; unique over all torrents of a run, as the RPC's
// `id` (rpc-contract, tracker_stats) is. A URL that is replaced gets a new one.
#pragma once

#include <compare>
#include <cstdint>

namespace seed::tracker {

struct TrackerId {
  std::uint32_t value = 0;
  auto operator<=>(const TrackerId&) const = default;
};

/// Hands out ids; one of these a session.
class TrackerIds {
 public:
  TrackerId next() { return {next_++}; }

 private:
  std::uint32_t next_ = 1;
};

}  // namespace seed::tracker
