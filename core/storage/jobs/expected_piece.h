// ExpectedPiece: what a piece must hash to. By BEP 3 the SHA-1 of its octets, by BEP 52 the root of
// the tree over its blocks, in which what pads the piece behind its file has no part.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/metainfo/merkle.h"
#include "core/metainfo/metainfo.h"

namespace seed::storage {

struct PieceTree {
  Sha256 root;
  unsigned height = 0;      ///< of the tree: leaves are made up to 2^height
  std::uint32_t bytes = 0;  ///< octets of the file in it, at least 1
};

using ExpectedPiece = std::variant<Sha1, PieceTree>;

/// Nothing for a piece whose hash of v2 is not known.
std::optional<PieceTree> tree_of(const metainfo::Metainfo& metainfo, PieceIndex piece);
/// By v2 where it can be: then a single bad block can be told. One of the two is known.
ExpectedPiece expected_piece(const metainfo::Metainfo& metainfo, PieceIndex piece);

/// Octets of a block at `offset` that are hashed; `block` is of the whole piece.
Bytes hashed_part(const ExpectedPiece& expected, std::uint32_t offset, Bytes block);

/// The octets of a piece come from front to back, in parts of any length.
class PieceHasher {
 public:
  explicit PieceHasher(const ExpectedPiece& expected) : expected_(expected) {}

  void update(Bytes part);
  /// Whether it was that piece. The last call.
  bool finish();

 private:
  void update_tree(Bytes part, const PieceTree& tree);

  ExpectedPiece expected_;
  Sha1Hasher whole_;
  Sha256Hasher leaf_;
  metainfo::TreeHasher leaves_;
  std::uint32_t taken_ = 0;  ///< octets of the tree's
};

}  // namespace seed::storage
