// TorrentShape: what a connection must know of a torrent to tell a good index from a bad one.
//
// BEP 3: all pieces are of one length but the last. BEP 52: of a torrent of v2 alone the last piece
// of each file is short. Bounds: piece_count at most limits::pieces_max,
// lengths at most limits::piece_bytes_max (metainfo sees to both).
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/piece.h"
#include "core/metainfo/metainfo.h"

namespace seed::peer {

struct TorrentShape {
  std::uint32_t piece_count = 0;
  std::uint32_t piece_length = 0;       ///< octets of every piece that is not short
  std::uint32_t last_piece_length = 0;  ///< octets, 1 to piece_length
  /// Says how long each piece is, where others than the last may be short.
  std::shared_ptr<const metainfo::Metainfo> uneven = nullptr;

  bool contains(PieceIndex piece) const { return piece.value < piece_count; }
  /// Octets of `piece`, which must be there.
  std::uint32_t bytes_of(PieceIndex piece) const {
    if (uneven) return uneven->layout.piece_size(piece);
    return piece.value + 1 == piece_count ? last_piece_length : piece_length;
  }
  /// True when the block is not empty and lies within its piece.
  bool contains(const BlockRef& block) const {
    return contains(block.piece) && block.length != 0 && block.offset < bytes_of(block.piece) &&
           block.length <= bytes_of(block.piece) - block.offset;
  }
  bool operator==(const TorrentShape&) const = default;
};

}  // namespace seed::peer
