#include "core/dht/source_limits.h"

#include <algorithm>

#include "core/dht/holder.h"

namespace seed::dht {
namespace {

/// No debt is longer: who is that far beyond has to stop anyway.
constexpr Duration debt_max = 1h;
/// More is never spent at once, and times a second still fits.
constexpr std::uint64_t amount_max = std::uint64_t{1} << 33;

/// How long `amount` at that rate takes.
Duration time_of(std::uint64_t amount, std::uint64_t per_second) {
  constexpr std::uint64_t second = Duration(1s).count();
  if (per_second == 0) return debt_max;
  const std::uint64_t span = std::min(amount, amount_max) * second / per_second;
  return std::min(debt_max, Duration(static_cast<Duration::rep>(span)));
}

}  // namespace

bool SourceLimits::Account::may_spend(const Rate& rate, Instant now) const {
  if (rate.per_second == 0 || rate.burst == 0) return false;
  // All of the burst but one may be owed, and then the next is free.
  return paid_at <= now || paid_at - now <= time_of(rate.burst - 1, rate.per_second);
}

void SourceLimits::Account::spend(std::uint64_t amount, const Rate& rate, Instant now) {
  paid_at = std::min(std::max(paid_at, now) + time_of(amount, rate.per_second), now + debt_max);
}

SourceLimits::SourceLimits(Rng rng, const Options& options)
    : secret_(rng.next()), options_(options), sets_(sets_count) {}

bool SourceLimits::admit(const Endpoint& from, Instant now) {
  Source& source = source_of(from, now);
  if (!source.queries.may_spend(options_.source_queries, now) ||
      !source.octets.may_spend(options_.source_octets, now))
    return false;
  if (!queries_.may_spend(options_.queries, now) || !octets_.may_spend(options_.octets, now))
    return false;
  source.queries.spend(1, options_.source_queries, now);
  queries_.spend(1, options_.queries, now);
  return true;
}

void SourceLimits::spend(const Endpoint& to, std::size_t octets, Instant now) {
  source_of(to, now).octets.spend(octets, options_.source_octets, now);
  octets_.spend(octets, options_.octets, now);
}

std::vector<SourceLimits::Source>& SourceLimits::set_of(const Endpoint& holder) {
  // The low bits of the hash alone would tell whoever knows it who shares a set with whom.
  std::uint64_t mixed = (EndpointHash{}(holder) ^ secret_) * 0x9e3779b97f4a7c15ULL;
  mixed ^= mixed >> 32;
  return sets_[static_cast<std::size_t>(mixed % sets_count)];
}

SourceLimits::Source& SourceLimits::source_of(const Endpoint& endpoint, Instant now) {
  const Endpoint holder = holder_of(endpoint);
  auto& set = set_of(holder);
  auto found = std::ranges::find(set, holder, &Source::holder);
  if (found == set.end()) {
    if (set.size() < ways) {
      ++size_;
      found = set.insert(set.end(), Source{.holder = holder});
    } else {
      found = std::ranges::min_element(set, {}, &Source::seen);
      *found = Source{.holder = holder};
    }
  }
  found->seen = now;
  return *found;
}

}  // namespace seed::dht
