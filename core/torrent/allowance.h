// Allowance: the rate limits as a tree of token buckets: session, bandwidth group, torrent. A grant
// must be had from every level; what is spent is spent on every level (design, section 7).
//
// Units: octets. A level that is not limited costs nothing to ask.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/instant.h"
#include "core/base/token_bucket.h"

namespace seed::torrent {

enum class Direction : std::uint8_t { down, up };

class Allowance {
 public:
  /// What one grant gives at most while a limit is in force, so that many links share fairly.
  static constexpr std::uint64_t grant_max = 16 * 1024;

  explicit Allowance(Allowance* parent = nullptr) : parent_(parent) {}

  /// The level above, which outlives this one or is replaced before it goes.
  void set_parent(Allowance& parent) { parent_ = &parent; }

  /// Octets a second; TokenBucket::unlimited for none.
  void set_rate(Direction direction, std::uint64_t bytes_per_second, Instant now) {
    bucket(direction).set_rate(bytes_per_second, now);
  }
  /// Whether the topmost level, the session's, holds for this one and those below.
  void set_honors_session(bool honors) { honors_session_ = honors; }

  /// How much may pass now; TokenBucket::unlimited when nothing is limited, else at most grant_max
  /// or a hundredth of the rate. 0 until a grant is worth a packet: who asks in between would
  /// otherwise get all, octet by octet, and who waits for when() nothing.
  std::uint64_t available(Direction direction, Instant now);
  void spend(Direction direction, std::uint64_t bytes, Instant now);
  /// When asking again is worth it; `never` while the rate is 0.
  Instant when(Direction direction, Instant now);
  bool limited(Direction direction) const;
  /// Nothing will ever pass: a level's rate is 0.
  bool shut(Direction direction) const;

 private:
  TokenBucket& bucket(Direction direction) { return direction == Direction::down ? down_ : up_; }
  const TokenBucket& bucket(Direction direction) const {
    return direction == Direction::down ? down_ : up_;
  }
  static std::uint64_t worth_granting(const TokenBucket& bucket) {
    return std::min(grant_max, static_cast<std::uint64_t>(bucket.depth()) / 2);
  }
  /// The next level that holds for the one whose walk up began with `honors` true.
  Allowance* above(bool& honors) const {
    honors = honors && honors_session_;
    const bool session = parent_ != nullptr && parent_->parent_ == nullptr;
    return session && !honors ? nullptr : parent_;
  }

  Allowance* parent_;
  bool honors_session_ = true;
  TokenBucket down_;
  TokenBucket up_;
};

}  // namespace seed::torrent
