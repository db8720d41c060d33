#include "core/swarm/shape.h"

#include <algorithm>

#include "core/base/limits.h"

namespace seed::swarm {

bool Shape::valid() const {
  const auto fits = [this](const ShortPiece& item) {
    return item.piece.value < piece_count && item.length >= 1 && item.length <= piece_length;
  };
  const auto before = [](const ShortPiece& a, const ShortPiece& b) { return a.piece < b.piece; };
  return piece_count >= 1 && piece_count <= limits::pieces_max && piece_length >= 1 &&
         piece_length <= limits::piece_bytes_max && last_piece_length >= 1 &&
         last_piece_length <= piece_length && std::ranges::all_of(short_pieces, fits) &&
         std::is_sorted(short_pieces.begin(), short_pieces.end(), before);
}

std::uint32_t Shape::length_of(PieceIndex piece) const {
  if (piece.value >= piece_count) return 0;
  if (piece.value + 1 == piece_count) return last_piece_length;
  if (!short_pieces.empty()) {
    const auto found = std::ranges::lower_bound(short_pieces, piece, {}, &ShortPiece::piece);
    if (found != short_pieces.end() && found->piece == piece) return found->length;
  }
  return piece_length;
}

BlockRef Shape::block_ref(PieceIndex piece, std::uint32_t block) const {
  const std::uint32_t offset = block * block_size;
  return {piece, offset, std::min(block_size, length_of(piece) - offset)};
}

bool Shape::is_block(BlockRef ref) const {
  const std::uint32_t length = length_of(ref.piece);
  if (ref.offset >= length || ref.offset % block_size != 0) return false;
  return ref.length == std::min(block_size, length - ref.offset);
}

}  // namespace seed::swarm
