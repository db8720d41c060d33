// LINK: seed::metainfo
// Any octets are refused as a torrent, or give safe paths and a layout that covers every octet.
#include <algorithm>
#include <cstdint>

#include "core/base/check.h"
#include "core/base/safe_path.h"
#include "core/metainfo/magnet.h"
#include "core/metainfo/merkle.h"
#include "core/metainfo/metainfo.h"
#include "core/metainfo/mime_type.h"
#include "core/metainfo/torrent_encoder.h"

namespace {

void check_layout(const seed::metainfo::FileLayout& layout) {
  using namespace seed;
  const SafePath root = *SafePath::root("/srv");
  std::uint64_t octets = 0;
  for (std::uint32_t file = 0; file < layout.file_count(); ++file) {
    SEED_CHECK(root.descend(layout.path({file})));
    octets += layout.length({file});
  }
  SEED_CHECK(octets == layout.total_size());
  constexpr std::uint32_t pieces_checked = 1000;
  for (std::uint32_t piece = 0; piece < std::min(layout.piece_count(), pieces_checked); ++piece) {
    std::uint32_t covered = 0;
    for (const auto& slice : layout.slices(PieceIndex{piece})) {
      SEED_CHECK(slice.offset + slice.length <= layout.length(slice.file));
      SEED_CHECK(layout.pieces_of(slice.file).contains({piece}));
      covered += slice.length;
    }
    SEED_CHECK(covered == layout.piece_size({piece}) && covered > 0);
  }
  SEED_CHECK(!metainfo::primary_mime_type(layout).empty());
}

/// Every piece has a tree of one file, and a root unless its file's layer is missing.
void check_trees(const seed::metainfo::Metainfo& meta) {
  using namespace seed;
  const auto& layout = meta.layout;
  const auto missing = meta.files_without_layer();
  for (std::uint32_t piece = 0; piece < std::min(layout.piece_count(), 1000u); ++piece) {
    const FileIndex file = layout.slices(PieceIndex{piece}).begin()->file;
    const auto bytes = meta.tree_bytes({piece});
    SEED_CHECK(meta.pieces_root(file) && bytes > 0 && bytes <= layout.piece_size({piece}));
    SEED_CHECK(metainfo::block_count(bytes) <= meta.leaf_width({piece}));
    const bool known = !std::ranges::binary_search(missing, file);
    SEED_CHECK(meta.piece_root({piece}).has_value() == known);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  const auto info = metainfo::parse_info({data, size});
  if (info) check_layout(info->layout);
  const auto meta = metainfo::parse_torrent({data, size});
  if (!meta) return 0;
  check_layout(meta->layout);
  if (meta->has_v1()) static_cast<void>(meta->piece_hash({meta->layout.piece_count() - 1}));
  if (meta->has_v2()) check_trees(*meta);
  const auto again = metainfo::parse_torrent(metainfo::encode_torrent(metainfo::parts_of(*meta)));
  SEED_CHECK(again && again->hashes == meta->hashes && again->is_private == meta->is_private);
  SEED_CHECK(again->announce_tiers == meta->announce_tiers);
  SEED_CHECK(again->files_without_layer() == meta->files_without_layer());
  SEED_CHECK(metainfo::parse_magnet(metainfo::encode_magnet(metainfo::magnet_of(*meta))));
  return 0;
}
