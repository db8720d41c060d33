// Shapes: how long a torrent's pieces are, as its picker and its links are told.
#pragma once

#include <memory>

#include "core/metainfo/metainfo.h"
#include "core/peer/torrent_shape.h"
#include "core/swarm/shape.h"

namespace seed::torrent {

/// For the picker. O(pieces) where pieces other than the last may be short (BEP 52).
swarm::Shape picker_shape(const metainfo::FileLayout& layout);

/// For links.
peer::TorrentShape link_shape(const std::shared_ptr<const metainfo::Metainfo>& metainfo);

}  // namespace seed::torrent
