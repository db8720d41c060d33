// SeedLimits: how long a torrent seeds. A policy: facts in, decision out.
//
// Both limits may come from the torrent's options or from the session's settings, each on its own.
// Units: octets; the ratio is of what is sent to the size of what was wanted.
#pragma once

#include <cstdint>
#include <optional>

#include "config/settings.h"
#include "config/torrent_options.h"
#include "core/base/instant.h"

namespace seed::torrent {

/// The limits in force; nothing: seeds for ever.
struct SeedLimits {
  std::optional<double> ratio;
  std::optional<Duration> idle;
};

SeedLimits seed_limits(const config::TorrentOptions& options, const config::Settings& settings);

struct SeedFacts {
  std::uint64_t size = 0;      ///< octets, of all that is wanted
  std::uint64_t uploaded = 0;  ///< octets
  Duration idle{};             ///< since payload last passed
};

enum class SeedLimit : std::uint8_t { none, ratio, idle };

/// Which limit has been reached, the ratio first. A torrent without octets has no ratio.
SeedLimit reached(const SeedLimits& limits, const SeedFacts& facts);

/// Octets still to be sent until the ratio is reached; nothing when it is, or is not limited.
std::optional<std::uint64_t> left_to_send(const SeedLimits& limits, const SeedFacts& facts);

}  // namespace seed::torrent
