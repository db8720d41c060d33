#include "core/tracker/tiers.h"

#include <algorithm>

namespace seed::tracker {

void Tiers::assign(const std::vector<std::vector<TrackerId>>& tiers, Rng& rng) {
  std::vector<TrackerId> known;
  for (const auto& tier : tiers_) known.insert(known.end(), tier.begin(), tier.end());

  std::vector<std::vector<TrackerId>> next;
  for (const auto& tier : tiers) {
    std::vector<TrackerId> kept;
    for (const TrackerId tracker : known)
      if (std::ranges::find(tier, tracker) != tier.end()) kept.push_back(tracker);
    std::vector<TrackerId> added;
    for (const TrackerId tracker : tier)
      if (std::ranges::find(kept, tracker) == kept.end()) added.push_back(tracker);
    rng.shuffle(added);
    kept.insert(kept.end(), added.begin(), added.end());
    next.push_back(std::move(kept));
  }
  tiers_ = std::move(next);
}

void Tiers::promote(TrackerId tracker) {
  for (auto& tier : tiers_) {
    const auto found = std::ranges::find(tier, tracker);
    if (found != tier.end()) std::rotate(tier.begin(), found, found + 1);
  }
}

}  // namespace seed::tracker
