#include "core/base/token_bucket.h"

#include <algorithm>
#include <limits>

namespace seed {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

constexpr std::uint64_t parts_per_byte = 1'000'000'000;
/// No debt is deeper: far beyond any rate, far from overflow.
constexpr std::int64_t debt_max = std::numeric_limits<std::int64_t>::max() / 2;

/// Nanoseconds from `before` to `after`, which is not earlier.
std::uint64_t elapsed(Instant before, Instant after) {
  return static_cast<std::uint64_t>(after.time_since_epoch().count()) -
         static_cast<std::uint64_t>(before.time_since_epoch().count());
}

}  // namespace

void TokenBucket::set_rate(std::uint64_t bytes_per_second, Instant now) {
  refill(now);
  rate_ = bytes_per_second;
  if (rate_ == unlimited) {
    tokens_ = 0;
    fraction_ = 0;
    return;
  }
  tokens_ = std::min(tokens_, depth());
}

std::uint64_t TokenBucket::available(Instant now) {
  if (rate_ == unlimited) return unlimited;
  refill(now);
  return tokens_ > 0 ? static_cast<std::uint64_t>(tokens_) : 0;
}

void TokenBucket::spend(std::uint64_t bytes, Instant now) {
  if (rate_ == unlimited) return;
  refill(now);
  const SignedWide left = static_cast<SignedWide>(tokens_) - static_cast<SignedWide>(bytes);
  tokens_ = static_cast<std::int64_t>(std::max<SignedWide>(left, -debt_max));
}

Instant TokenBucket::when(std::uint64_t bytes, Instant now) {
  if (rate_ == unlimited) return now;
  refill(now);
  if (rate_ == 0) return never;
  const auto wanted = static_cast<std::int64_t>(
      std::min<std::uint64_t>(bytes, static_cast<std::uint64_t>(depth())));
  if (tokens_ >= wanted) return now;
  const Wide missing = static_cast<Wide>(static_cast<SignedWide>(wanted) - tokens_);
  const Wide parts = missing * parts_per_byte - fraction_;
  const Wide wait = (parts + rate_ - 1) / rate_;
  if (wait >= elapsed(now, never)) return never;
  return now + Duration(static_cast<Duration::rep>(wait));
}

void TokenBucket::refill(Instant now) {
  if (!started_) {
    started_ = true;
    filled_ = now;
    return;
  }
  if (now <= filled_) return;
  const std::uint64_t nanoseconds = elapsed(filled_, now);
  filled_ = now;
  if (rate_ == unlimited) return;
  // At most 2^64 x 2^64 less the last step: no overflow after any silence at any rate.
  const Wide parts = static_cast<Wide>(nanoseconds) * rate_ + fraction_;
  const Wide grown = parts / parts_per_byte;
  const Wide room = static_cast<Wide>(static_cast<SignedWide>(depth()) - tokens_);
  if (grown >= room) {
    tokens_ = depth();
    fraction_ = 0;
    return;
  }
  tokens_ += static_cast<std::int64_t>(grown);
  fraction_ = static_cast<std::uint64_t>(parts % parts_per_byte);
}

std::int64_t TokenBucket::depth() const {
  constexpr std::uint64_t depth_min = 4096;
  if (rate_ == 0) return 0;
  return static_cast<std::int64_t>(std::max(rate_ / 10, depth_min));
}

}  // namespace seed
