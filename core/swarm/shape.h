// Shape: how long the pieces of a torrent are, as plain facts.
//
// BEP 3: all alike but the last. BEP 52: each file's last piece may be short, so short ones can be
// listed.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/piece.h"

namespace seed::swarm {

struct ShortPiece {
  PieceIndex piece;
  std::uint32_t length = 0;
};

struct Shape {
  std::uint32_t piece_count = 0;
  std::uint32_t piece_length = 0;             ///< octets, at least 1
  std::uint32_t last_piece_length = 0;        ///< octets, 1 to piece_length
  std::vector<ShortPiece> short_pieces = {};  ///< others that are short, by index; usually none

  /// At least one piece, lengths within limits::piece_bytes_max and piece_length.
  bool valid() const;
  /// Octets in a piece; 0 beyond the end.
  std::uint32_t length_of(PieceIndex piece) const;
  std::uint32_t blocks_of(PieceIndex piece) const {
    return (length_of(piece) + block_size - 1) / block_size;
  }
  /// Block number `block` of a piece; it must exist.
  BlockRef block_ref(PieceIndex piece, std::uint32_t block) const;
  /// True when `ref` is exactly one of our blocks.
  bool is_block(BlockRef ref) const;
};

}  // namespace seed::swarm
