#include "core/storage/jobs/expected_piece.h"

#include <algorithm>

#include "core/base/piece.h"

namespace seed::storage {

std::optional<PieceTree> tree_of(const metainfo::Metainfo& metainfo, PieceIndex piece) {
  if (!metainfo.has_v2()) return std::nullopt;
  const auto root = metainfo.piece_root(piece);
  if (!root) return std::nullopt;
  return PieceTree{*root, metainfo::height_over(metainfo.leaf_width(piece)),
                   metainfo.tree_bytes(piece)};
}

ExpectedPiece expected_piece(const metainfo::Metainfo& metainfo, PieceIndex piece) {
  const auto tree = tree_of(metainfo, piece);
  if (!tree) return metainfo.piece_hash(piece);
  return *tree;
}

Bytes hashed_part(const ExpectedPiece& expected, std::uint32_t offset, Bytes block) {
  const auto* tree = std::get_if<PieceTree>(&expected);
  if (tree == nullptr) return block;
  const std::uint32_t left = tree->bytes - std::min(tree->bytes, offset);
  return block.first(std::min<std::size_t>(block.size(), left));
}

void PieceHasher::update(Bytes part) {
  if (const auto* tree = std::get_if<PieceTree>(&expected_)) return update_tree(part, *tree);
  whole_.update(part);
}

void PieceHasher::update_tree(Bytes part, const PieceTree& tree) {
  part = part.first(std::min<std::size_t>(part.size(), tree.bytes - taken_));
  while (!part.empty()) {
    const std::size_t room = block_size - taken_ % block_size;
    const Bytes now = part.first(std::min(room, part.size()));
    leaf_.update(now);
    taken_ += static_cast<std::uint32_t>(now.size());
    part = part.subspan(now.size());
    if (taken_ % block_size == 0 || taken_ == tree.bytes) leaves_.add(leaf_.finish());
  }
}

bool PieceHasher::finish() {
  if (const auto* tree = std::get_if<PieceTree>(&expected_))
    return taken_ == tree->bytes && leaves_.finish(tree->height) == tree->root;
  return whole_.finish() == std::get<Sha1>(expected_);
}

}  // namespace seed::storage
