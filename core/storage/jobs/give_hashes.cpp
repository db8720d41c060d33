#include "core/storage/jobs/give_hashes.h"

#include <algorithm>

namespace seed::storage {
namespace {

using metainfo::HashRange;
using metainfo::Metainfo;

unsigned piece_height_of(const Metainfo& metainfo) {
  return metainfo::piece_height(metainfo.layout.piece_length());
}

/// Its tree lies below the height of a piece's, and has no piece layer.
bool is_of_one_piece(const Metainfo& metainfo, FileIndex file) {
  return metainfo.layout.length(file) <= metainfo.layout.piece_length();
}

/// `leaves`: of whole pieces, in which the range begins at `index`.
Buffer hashes_of_leaves(const Metainfo& metainfo, FileIndex file, const HashRange& range,
                        Bytes leaves) {
  HashRange within = range;
  const unsigned piece = piece_height_of(metainfo);
  if (is_of_one_piece(metainfo, file)) return metainfo::hashes_of(leaves, within);
  within.index %= std::max(range.length, 1u << piece);
  const unsigned top = range.top();
  const unsigned end = top + range.uncle_count();
  // Up to the piece layer by its own leaves, from there on by that layer.
  within.proof_layers = 0;
  Buffer out = metainfo::hashes_of(leaves, within);
  const unsigned middle = std::clamp(piece, top, end);
  metainfo::append_uncles(out, leaves, 0, top, middle, within.index >> top);
  metainfo::append_uncles(out, metainfo.piece_layer(file), piece, middle, end,
                          range.index >> middle);
  return out;
}

}  // namespace

Result<metainfo::PieceRange> pieces_to_read(const Metainfo& metainfo, FileIndex file,
                                            const HashRange& range) {
  const auto own = metainfo.layout.pieces_of(file);
  const unsigned height = piece_height_of(metainfo);
  const bool layered = !is_of_one_piece(metainfo, file);
  // A hybrid's layers may be missing: what proves beyond a piece cannot be told then.
  if (layered && metainfo.piece_layer(file).empty() &&
      (range.base == height || range.top() + range.uncle_count() > height))
    return fail(FaultCode::not_found, "its piece layer is missing");
  if (layered && range.base == height) return metainfo::PieceRange{own.first, own.first};
  const auto blocks = metainfo::block_count(metainfo.layout.length(file));
  if (range.base != 0 || range.index >= blocks)
    return fail(FaultCode::unsupported, "neither its leaves nor its piece layer");
  const auto last = std::min<std::uint64_t>(std::uint64_t{range.index} + range.length, blocks) - 1;
  return metainfo::PieceRange{{own.first.value + (range.index >> height)},
                              {own.first.value + static_cast<std::uint32_t>(last >> height) + 1}};
}

GiveHashes::Outcome GiveHashes::operator()(const io::JobTools& tools) {
  if (leaves.pieces.empty()) return {metainfo::hashes_of(metainfo->piece_layer(file), range), {}};
  auto read = leaves(tools);
  if (!read.leaves)
    return {std::unexpected(std::move(read.leaves).error()), std::move(read.opened)};
  return {hashes_of_leaves(*metainfo, file, range, *read.leaves), std::move(read.opened)};
}

}  // namespace seed::storage
