// New records: what is kept of a torrent that is added, and what its metadata adds to that when it
// comes later.
#pragma once

#include <cstdint>
#include <memory>

#include "config/settings.h"
#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/metainfo/magnet.h"
#include "core/metainfo/metainfo.h"
#include "core/session/session.h"
#include "core/torrent/record.h"
#include "core/torrent/torrent.h"

namespace seed::session {

/// Where a new torrent stands among the others, and when it is.
struct NewPlace {
  std::int64_t queue_rank = 0;
  WallTime wall{};
};

/// Changes what `order` says about its options.
torrent::TorrentRecord new_record(AddOrder& order, const metainfo::Metainfo& metainfo,
                                  const config::Settings& settings, const NewPlace& place);
torrent::TorrentRecord new_record(AddOrder& order, const metainfo::Magnet& magnet,
                                  const config::Settings& settings, const NewPlace& place);

/// Of the torrent that has `record`; `torrent`: the octets that `metainfo` was parsed from.
torrent::LearnedMetadata learned_metadata(const torrent::TorrentRecord& record,
                                          std::shared_ptr<const metainfo::Metainfo> metainfo,
                                          Buffer torrent);

}  // namespace seed::session
