// What tests of torrents of BitTorrent v2 stand on: one of v2 alone, with two files.
#pragma once

#include <utility>
#include <vector>

#include "core/peer/event.h"
#include "tests/unit/core/storage/v2_fixture.h"
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent::test {

/// Of less than a piece, and of five.
inline constexpr std::uint32_t v2_piece_length = 65536;

inline Content v2_content(bool layers = true) {
  return seed::test::make_v2({{"a", 40'000}, {"b", 300'000}}, v2_piece_length, 3, layers);
}

inline wire::HashRange piece_leaves(const Content& octets, std::uint32_t file,
                                    std::uint32_t piece) {
  return {*octets.metainfo->pieces_root({file}), 0, piece * 4, 4, 0};
}

struct V2Torrent : OneTorrent {
  explicit V2Torrent(bool data) {
    octets = v2_content();
    if (data) octets.put(ground.files, "/data/torrents");
    auto record = record_of(octets);
    record.running = true;
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    torrent().set_allowed(true);
    settle();
    load();
  }

  /// Answers requests for hashes by right leaves.
  void prove(FarPeer& far) {
    for (const auto& event : std::exchange(far.events, {}))
      if (const auto* asked = std::get_if<peer::HashesRequested>(&event)) {
        asked_for.push_back(asked->range);
        const bool is_b = asked->range.root == *octets.metainfo->pieces_root({1});
        const Buffer leaves = seed::test::leaves_of(octets.file(is_b ? 1 : 0));
        far.connection.send_hashes(
            asked->range,
            metainfo::hashes_of(leaves, {0, asked->range.index, asked->range.length, 0}), now());
      } else if (const auto* block = std::get_if<peer::BlockRequested>(&event)) {
        blocks.push_back(block->block);
      }
  }
  std::vector<wire::HashRange> asked_for;
  std::vector<BlockRef> blocks;  ///< asked for
};

}  // namespace seed::torrent::test
