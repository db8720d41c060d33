#include "core/torrent/allowance.h"

namespace seed::torrent {

std::uint64_t Allowance::available(Direction direction, Instant now) {
  std::uint64_t granted = TokenBucket::unlimited;
  bool honors = true;
  for (Allowance* level = this; level != nullptr; level = level->above(honors)) {
    TokenBucket& bucket = level->bucket(direction);
    if (bucket.rate() == TokenBucket::unlimited) continue;
    const std::uint64_t there = bucket.available(now);
    if (there < worth_granting(bucket)) return 0;
    const std::uint64_t fair = std::max(grant_max, bucket.rate() / 100);
    granted = std::min({granted, there, fair});
  }
  return granted;
}

void Allowance::spend(Direction direction, std::uint64_t bytes, Instant now) {
  bool honors = true;
  for (Allowance* level = this; level != nullptr; level = level->above(honors))
    level->bucket(direction).spend(bytes, now);
}

Instant Allowance::when(Direction direction, Instant now) {
  Instant latest = now;
  bool honors = true;
  for (Allowance* level = this; level != nullptr; level = level->above(honors)) {
    TokenBucket& bucket = level->bucket(direction);
    if (bucket.rate() != TokenBucket::unlimited)
      latest = std::max(latest, bucket.when(worth_granting(bucket), now));
  }
  return latest;
}

bool Allowance::limited(Direction direction) const {
  bool honors = true;
  for (const Allowance* level = this; level != nullptr; level = level->above(honors))
    if (level->bucket(direction).rate() != TokenBucket::unlimited) return true;
  return false;
}

bool Allowance::shut(Direction direction) const {
  bool honors = true;
  for (const Allowance* level = this; level != nullptr; level = level->above(honors))
    if (level->bucket(direction).rate() == 0) return true;
  return false;
}

}  // namespace seed::torrent
