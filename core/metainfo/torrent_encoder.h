// encode_torrent: makes a .torrent of an info dictionary and what goes around it (BEP 3, 12, 19).
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
};

/// Parts of an existing torrent; `info` views into `metainfo`.
TorrentParts parts_of(const Metainfo& metainfo);

/// What is empty is left out. `announce` is the first URL; `announce-list` is there for two or
/// more.
Buffer encode_torrent(const TorrentParts& parts);

}  // namespace seed::metainfo
