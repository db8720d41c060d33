// Torrents of BitTorrent v2 for tests of storage and torrents.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/metainfo/merkle.h"
#include "tests/unit/core/metainfo/make_v2.h"
#include "tests/unit/core/storage/fixture.h"

namespace seed::test {

/// The leaves of a file's tree.
inline Buffer leaves_of(Bytes file) {
  Buffer out;
  for (std::size_t at = 0; at < file.size(); at += block_size) {
    const auto leaf = sha256(file.subspan(at, std::min<std::size_t>(block_size, file.size() - at)));
    out.insert(out.end(), leaf.octets.begin(), leaf.octets.end());
  }
  return out;
}

/// The piece layer of a file of more than one piece.
inline Buffer layer_of(Bytes file, std::uint32_t piece_length) {
  const Buffer leaves = leaves_of(file);
  const unsigned height = metainfo::piece_height(piece_length);
  Buffer out;
  for (std::uint64_t piece = 0; piece * piece_length < file.size(); ++piece) {
    const auto node = metainfo::node_of(leaves, 0, height, piece);
    out.insert(out.end(), node.octets.begin(), node.octets.end());
  }
  return out;
}

/// Of v2 alone, in a folder "t"; `layers`: whether it has its piece layers. Its octets are those of
/// its files, each made up to whole pieces. Names in their order, lengths not 0.
inline Torrent make_v2(const std::vector<FileSpec>& files, std::uint32_t piece_length,
                       std::uint64_t seed, bool layers = true) {
  Torrent out;
  Rng rng(seed);
  metainfo::Dict tree;
  metainfo::Dict piece_layers;
  for (const auto& file : files) {
    Buffer octets(file.length);
    rng.fill(octets);
    const auto root = metainfo::root_of(leaves_of(octets), 0, metainfo::tree_height(octets.size()));
    tree[metainfo::text(file.path)] =
        metainfo::v2_file(static_cast<long long>(octets.size()), root);
    if (octets.size() > piece_length)
      piece_layers[metainfo::digest_text(root)] =
          metainfo::text(as_text(layer_of(octets, piece_length)));
    octets.resize((octets.size() + piece_length - 1) / piece_length * piece_length);
    out.content.insert(out.content.end(), octets.begin(), octets.end());
  }
  std::string tree_text = "d";
  for (const auto& [name, value] : tree) tree_text += name + value;
  const metainfo::Dict info{{"file tree", tree_text + "e"},
                            {"meta version", metainfo::number(2)},
                            {"name", metainfo::text("t")},
                            {"piece length", metainfo::number(piece_length)}};
  metainfo::Dict more;
  if (layers) more["piece layers"] = metainfo::dict(piece_layers);
  auto parsed = metainfo::parse_torrent(as_bytes(metainfo::torrent(info, more)));
  REQUIRE(parsed);
  out.metainfo = std::make_shared<const metainfo::Metainfo>(*std::move(parsed));
  return out;
}

}  // namespace seed::test
