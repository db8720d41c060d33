#include "core/torrent/completion.h"

#include <algorithm>

namespace seed::torrent {

Completion::Completion(const metainfo::FileLayout& layout, std::span<const FileWish> wishes,
                       const Bitfield& have)
    : layout_(&layout), have_(have), wanted_(layout.piece_count()) {
  set_wishes(wishes);
}

void Completion::set_wishes(std::span<const FileWish> wishes) {
  wanted_.fill(false);
  for (std::uint32_t i = 0; i < layout_->file_count(); ++i) {
    const FileIndex file{i};
    if (layout_->is_pad(file) || (i < wishes.size() && wishes[i] == FileWish::unwanted)) continue;
    const auto pieces = layout_->pieces_of(file);
    for (auto piece = pieces.first; piece < pieces.last; ++piece.value) wanted_.set(piece);
  }
  recount();
}

void Completion::reset_have(const Bitfield& have) {
  have_ = have;
  recount();
}

bool Completion::on_piece(PieceIndex piece, bool had) {
  if (piece.value >= have_.size() || !have_.set(piece, had)) return false;
  const std::uint64_t size = layout_->piece_size(piece);
  facts_.have_valid = had ? facts_.have_valid + size : facts_.have_valid - size;
  if (wanted_.test(piece))
    facts_.left_until_done = had ? facts_.left_until_done - size : facts_.left_until_done + size;
  facts_.complete = have_.all();
  return true;
}

std::uint64_t Completion::bytes_of(FileIndex file) const {
  const auto pieces = layout_->pieces_of(file);
  if (pieces.empty()) return 0;
  const std::uint64_t begin = layout_->offset(file);
  const std::uint64_t end = begin + layout_->length(file);
  const std::uint64_t step = layout_->piece_length();
  std::uint64_t bytes = 0;
  for (auto piece = pieces.first; piece < pieces.last; ++piece.value) {
    if (!have_.test(piece)) continue;
    const std::uint64_t from = std::max(begin, piece.value * step);
    const std::uint64_t to = std::min(end, piece.value * step + layout_->piece_size(piece));
    bytes += to > from ? to - from : 0;
  }
  return bytes;
}

void Completion::recount() {
  facts_ = {};
  for (PieceIndex piece{}; piece.value < have_.size(); ++piece.value) {
    const std::uint64_t size = layout_->piece_size(piece);
    if (have_.test(piece)) facts_.have_valid += size;
    if (!wanted_.test(piece)) continue;
    facts_.size_when_done += size;
    if (!have_.test(piece)) facts_.left_until_done += size;
  }
  facts_.complete = have_.all();
}

}  // namespace seed::torrent
