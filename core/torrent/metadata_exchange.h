// MetadataExchange: serves the info dictionary to peers that have only a magnet (BEP 9, serving
// side).
//
// Bounds: `requests_per_second_max` pieces a link a second, `burst_max` at once, and none while
// `backlog_max` octets are unsent; beyond: rejected, as BEP 9 proposes against floods.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/metainfo/metainfo.h"
#include "core/torrent/peer_link.h"
#include "core/torrent/serving_budget.h"
#include "core/wire/ext/ut_metadata.h"

namespace seed::torrent {

class MetadataExchange {
 public:
  static constexpr double requests_per_second_max = 64;
  static constexpr double burst_max = 1024;
  static constexpr std::size_t backlog_max = 256 * 1024;

  /// Answers a request; other kinds are ignored.
  void on_message(PeerLink& link, const wire::UtMetadata& message,
                  const metainfo::Metainfo& metainfo, Instant now);
  void on_gone(LinkId link) { budget_.on_gone(link); }

 private:
  ServingBudget budget_{requests_per_second_max, burst_max};
};

}  // namespace seed::torrent
