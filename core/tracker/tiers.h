// Tiers: in which order a torrent's trackers are tried (BEP 12).
//
// Trackers of a tier are shuffled once; one that works moves to the front of its tier.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/rng.h"
#include "core/tracker/tracker_id.h"

namespace seed::tracker {

class Tiers {
 public:
  /// `tiers` in the torrent's order. Trackers known before keep their places among themselves and
  /// stand in front of new ones, which are shuffled.
  void assign(const std::vector<std::vector<TrackerId>>& tiers, Rng& rng);
  /// Moves `tracker` to the front of its tier: it worked.
  void promote(TrackerId tracker);

  const std::vector<std::vector<TrackerId>>& tiers() const { return tiers_; }
  std::size_t count() const { return tiers_.size(); }

 private:
  std::vector<std::vector<TrackerId>> tiers_;
};

}  // namespace seed::tracker
