#include "core/peer/peer_pieces.h"

#include <algorithm>
#include <utility>

namespace seed::peer {
namespace {

const Bitfield no_pieces;

void add(Bitfield& to, const Bitfield& from) {
  for (std::uint32_t i = from.next_set(0); i < from.size(); i = from.next_set(i + 1))
    to.set(PieceIndex{i});
}

}  // namespace

const Bitfield& PeerPieces::pieces() const { return pieces_ ? *pieces_ : no_pieces; }

PeerPieces::Outcome PeerPieces::settle(std::uint32_t piece_count) {
  const Early early = std::exchange(early_, {});
  pieces_.emplace(piece_count, early.all.value_or(false));
  if (early.octets) {
    auto told = Bitfield::from_wire(*early.octets, piece_count);
    if (!told) return Outcome::bad_bitfield;
    add(*pieces_, *told);
  }
  for (const auto piece : early.haves) {
    if (piece.value >= piece_count) return Outcome::out_of_range;
    pieces_->set(piece);
  }
  for (const auto piece : allowed_fast_)
    if (piece.value >= piece_count) return Outcome::out_of_range;
  return early.said ? Outcome::news : Outcome::nothing_new;
}

PeerPieces::Outcome PeerPieces::on_bitfield(Bytes octets) {
  if (!pieces_) {
    early_.said = true;
    early_.octets = to_buffer(octets);
    return Outcome::nothing_new;
  }
  auto told = Bitfield::from_wire(octets, pieces_->size());
  if (!told) return Outcome::bad_bitfield;
  if (pieces_->none())
    pieces_ = std::move(told);
  else
    add(*pieces_, *told);
  return Outcome::news;
}

PeerPieces::Outcome PeerPieces::on_all_or_none(bool all) {
  if (!pieces_) {
    early_.said = true;
    early_.all = all;
    return Outcome::nothing_new;
  }
  pieces_->fill(all);
  return Outcome::news;
}

PeerPieces::Outcome PeerPieces::on_have(PieceIndex piece) {
  if (!pieces_) {
    if (piece.value >= limits::pieces_max) return Outcome::out_of_range;
    early_.said = true;
    if (early_.haves.size() < early_haves_max) early_.haves.push_back(piece);
    return Outcome::nothing_new;
  }
  if (piece.value >= pieces_->size()) return Outcome::out_of_range;
  return pieces_->set(piece) ? Outcome::news : Outcome::nothing_new;
}

PeerPieces::Outcome PeerPieces::on_donthave(PieceIndex piece) {
  // Before the shape is known nobody relies on what was said: at worst a request is refused.
  if (!pieces_) {
    std::erase(early_.haves, piece);
    return Outcome::nothing_new;
  }
  if (piece.value >= pieces_->size()) return Outcome::out_of_range;
  return pieces_->set(piece, false) ? Outcome::news : Outcome::nothing_new;
}

PeerPieces::Outcome PeerPieces::on_allowed_fast(PieceIndex piece) {
  if (piece.value >= (pieces_ ? pieces_->size() : limits::pieces_max)) return Outcome::out_of_range;
  if (allowed_fast(piece) || allowed_fast_.size() >= allowed_fast_max) return Outcome::nothing_new;
  allowed_fast_.push_back(piece);
  return Outcome::news;
}

bool PeerPieces::allowed_fast(PieceIndex piece) const {
  return std::ranges::find(allowed_fast_, piece) != allowed_fast_.end();
}

}  // namespace seed::peer
