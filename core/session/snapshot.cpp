#include "core/session/snapshot.h"

#include "core/metainfo/magnet.h"

namespace seed::session {

std::string magnet_link(const TorrentSnapshot& torrent) {
  metainfo::Magnet magnet;
  magnet.hashes = torrent.hashes;
  magnet.name = torrent.name;
  for (const auto& tracker : torrent.trackers)
    if (!tracker.is_default) magnet.trackers.push_back(tracker.announce);
  magnet.web_seeds = torrent.webseeds;
  return metainfo::encode_magnet(magnet);
}

}  // namespace seed::session
