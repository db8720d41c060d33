// TokenBucket: a ceiling in bytes a second that grants bytes as time passes. Buckets make a tree
// (session, torrent, link): a grant takes from each level, see session/sharing.
//
// Units: bytes and bytes a second. A bucket holds at most a tenth of a second's worth (at least
// 4 KiB), so that a burst after silence stays within 5 % of the rate over 10 s.
#pragma once

#include <cstdint>

#include "core/base/instant.h"

namespace seed {

class TokenBucket {
 public:
  static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  explicit TokenBucket(std::uint64_t bytes_per_second = unlimited) : rate_(bytes_per_second) {}

  std::uint64_t rate() const { return rate_; }
  /// The most it holds.
  std::int64_t depth() const;
  /// Takes effect at `now`; what was gathered is kept up to the new depth.
  void set_rate(std::uint64_t bytes_per_second, Instant now);
  /// How many bytes may go now; `unlimited` when there is no ceiling.
  std::uint64_t available(Instant now);
  /// Takes `bytes`; may go below zero (a message is not cut), which later grants pay back.
  void spend(std::uint64_t bytes, Instant now);
  /// When at least `bytes` (capped at the depth) will be there; `now` if they are already, `never`
  /// when the rate is 0.
  Instant when(std::uint64_t bytes, Instant now);

 private:
  void refill(Instant now);

  std::uint64_t rate_;
  std::int64_t tokens_ = 0;     ///< bytes, below zero when overspent
  std::uint64_t fraction_ = 0;  ///< parts of a byte, in 1e-9
  Instant filled_{};
  bool started_ = false;
};

}  // namespace seed
