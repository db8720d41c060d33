#include "core/torrent/shapes.h"

namespace seed::torrent {

namespace {

std::uint32_t last_piece_length(const metainfo::FileLayout& layout) {
  const auto pieces = layout.piece_count();
  return pieces == 0 ? 0 : layout.piece_size(PieceIndex{pieces - 1});
}

}  // namespace

swarm::Shape picker_shape(const metainfo::FileLayout& layout) {
  swarm::Shape shape;
  shape.piece_count = layout.piece_count();
  shape.piece_length = layout.piece_length();
  shape.last_piece_length = last_piece_length(layout);
  if (layout.alignment() == metainfo::Alignment::contiguous) return shape;
  for (std::uint32_t piece = 0; piece + 1 < shape.piece_count; ++piece)
    if (const auto length = layout.piece_size(PieceIndex{piece}); length != shape.piece_length)
      shape.short_pieces.push_back({PieceIndex{piece}, length});
  return shape;
}

peer::TorrentShape link_shape(const std::shared_ptr<const metainfo::Metainfo>& metainfo) {
  const auto& layout = metainfo->layout;
  peer::TorrentShape shape{layout.piece_count(), layout.piece_length(), last_piece_length(layout)};
  if (layout.alignment() == metainfo::Alignment::per_file) shape.uneven = metainfo;
  return shape;
}

}  // namespace seed::torrent
