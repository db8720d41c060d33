// encode_torrent: makes a .torrent of an info dictionary and what goes around it (BEP 3, 12, 19,
// 52).
// The info dictionary goes in as it is, so the info-hash stays.
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/metainfo/metainfo.h"

namespace seed::metainfo {

struct TorrentParts {
  Bytes info;  ///< a bencoded dictionary; a view that must hold during the call
  AnnounceTiers announce_tiers;
  std::vector<std::string> web_seeds;
  std::string comment;
  std::string created_by;
  WallTime created = no_time;  ///< no_time: left out
  std::vector<HostPort> nodes;
  /// BEP 52 `piece layers`, bencoded; see encode_piece_layers.
  Buffer piece_layers = {};
};

/// Parts of an existing torrent; `info` views into `metainfo`.
TorrentParts parts_of(const Metainfo& metainfo);

/// The piece layers that are there, by pieces root. Empty for v1, and for v2 as long as none is
/// there of those that should be; a dictionary without entries where no file needs one.
Buffer encode_piece_layers(const Metainfo& metainfo);

/// What is empty is left out. `announce` is the first URL; `announce-list` is there for two or
/// more.
Buffer encode_torrent(const TorrentParts& parts);

}  // namespace seed::metainfo
