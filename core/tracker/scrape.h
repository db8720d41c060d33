// Scrape: how many peers a tracker knows of some torrents (BEP 48; BEP 15 for UDP). Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/tracker/announce.h"

namespace seed::tracker {

/// Torrents in one scrape: what fits one UDP packet (BEP 15). Beyond: ask again for the rest.
inline constexpr std::size_t scrape_torrents_max = 74;

struct ScrapeCounts {
  std::optional<std::uint32_t> seeders;      ///< `complete`
  std::optional<std::uint32_t> leechers;     ///< `incomplete`
  std::optional<std::uint32_t> downloads;    ///< `downloaded`
  std::optional<std::uint32_t> downloaders;  ///< BEP 21

  bool operator==(const ScrapeCounts&) const = default;
};

struct ScrapeEntry {
  Sha1 info_hash;
  ScrapeCounts counts;

  bool operator==(const ScrapeEntry&) const = default;
};

struct ScrapeReply {
  std::optional<Refusal> refusal;
  std::vector<ScrapeEntry> entries;      ///< in the tracker's order; at most scrape_torrents_max
  std::optional<Duration> min_interval;  ///< flags.min_request_interval, within bounds

  bool accepted() const { return !refusal; }
  /// The counts of one torrent; null when the tracker did not name it.
  const ScrapeCounts* find(const Sha1& info_hash) const;
  bool operator==(const ScrapeReply&) const = default;
};

}  // namespace seed::tracker
