#include "core/torrent/seed_limits.h"

namespace seed::torrent {

SeedLimits seed_limits(const config::TorrentOptions& options, const config::Settings& settings) {
  using config::LimitMode;
  SeedLimits limits;
  if (options.seed_ratio_mode == LimitMode::own)
    limits.ratio = options.seed_ratio_limit;
  else if (options.seed_ratio_mode == LimitMode::session && settings.ratio_limit_enabled)
    limits.ratio = settings.ratio_limit;
  if (options.seed_idle_mode == LimitMode::own)
    limits.idle = std::chrono::minutes(options.seed_idle_limit);
  else if (options.seed_idle_mode == LimitMode::session && settings.idle_seeding_limit_enabled)
    limits.idle = std::chrono::minutes(settings.idle_seeding_limit);
  return limits;
}

SeedLimit reached(const SeedLimits& limits, const SeedFacts& facts) {
  const auto size = static_cast<double>(facts.size);
  if (limits.ratio && size > 0 && static_cast<double>(facts.uploaded) >= *limits.ratio * size)
    return SeedLimit::ratio;
  return limits.idle && facts.idle >= *limits.idle ? SeedLimit::idle : SeedLimit::none;
}

std::optional<std::uint64_t> left_to_send(const SeedLimits& limits, const SeedFacts& facts) {
  if (!limits.ratio) return std::nullopt;
  const auto target = static_cast<std::uint64_t>(*limits.ratio * static_cast<double>(facts.size));
  return target > facts.uploaded ? std::optional(target - facts.uploaded) : std::nullopt;
}

}  // namespace seed::torrent
