// What others see of a torrent: the facts of its parts, copied into a TorrentSnapshot.
#pragma once

#include <cstdint>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/torrent/announcing.h"
#include "core/torrent/content.h"
#include "core/torrent/downloading.h"
#include "core/torrent/link_table.h"
#include "core/torrent/live_totals.h"
#include "core/torrent/metadata_fetching.h"
#include "core/torrent/record.h"
#include "core/torrent/snapshot.h"
#include "core/torrent/web_seeds.h"

namespace seed::torrent {

/// The parts, as they are at `now`.
struct SnapshotSources {
  TorrentNumber number = 0;
  std::uint64_t sequence = 0;
  std::uint64_t labels_gained = 0;
  Status status = Status::stopped;
  bool stalled = false;
  const std::optional<Fault>& error;
  std::int64_t queue_position = 0;
  const TorrentRecord& record;
  const Content& content;
  const LinkTable& links;
  const Announcing& announcing;
  const LiveTotals& totals;
  const Downloading* downloading = nullptr;    ///< nullptr while nothing is downloaded
  const WebSeeds* web_seeds = nullptr;         ///< the same
  const MetadataFetching* fetching = nullptr;  ///< nullptr when the metadata is there
  const config::Settings& settings;
  const std::string& network_trouble;  ///< why nothing can go out
  Instant now{};
  WallTime wall{};
};

/// The core facts and what the groups ask for; each costs what snapshot.h says.
TorrentSnapshot take_snapshot(const SnapshotSources& from, const Groups& groups);

}  // namespace seed::torrent
