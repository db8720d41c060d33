#include "core/session/snapshot.h"

#include "core/metainfo/magnet.h"
#include "tests/support/catch.h"

namespace seed::session {

TEST_CASE("a magnet link names the torrent, its own trackers and its web seeds") {
  TorrentSnapshot torrent;
  torrent.hashes.v1 = Sha1{};
  torrent.name = "a b";
  torrent.trackers.resize(2);
  torrent.trackers[0].announce = "http://own/";
  torrent.trackers[1].announce = "http://everybody/";
  torrent.trackers[1].is_default = true;
  torrent.webseeds = {"http://w/"};
  CHECK(magnet_link(torrent) ==
        "magnet:?xt=urn:btih:0000000000000000000000000000000000000000&dn=a%20b"
        "&tr=http%3A%2F%2Fown%2F&ws=http%3A%2F%2Fw%2F");
}

TEST_CASE("a magnet link is no longer than what is taken") {
  TorrentSnapshot torrent;
  torrent.hashes.v1 = Sha1{};
  for (int i = 0; i < 300; ++i)
    torrent.webseeds.push_back("http://w/" + std::string(1000, 'w') + std::to_string(i));
  const auto link = magnet_link(torrent);
  CHECK(link.size() <= metainfo::magnet_bytes_max);
  CHECK(metainfo::parse_magnet(link));
}

}  // namespace seed::session
