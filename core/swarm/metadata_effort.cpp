#include "core/swarm/metadata_effort.h"

#include <algorithm>

#include "core/base/check.h"

namespace seed::swarm {

std::uint32_t MetadataEffort::length_of(std::uint32_t piece) const {
  if (piece >= piece_count()) return 0;
  return std::min(metadata_piece_bytes, size_ - piece * metadata_piece_bytes);
}

std::optional<std::uint32_t> MetadataEffort::next_free() {
  if (!again_.empty()) return *again_.begin();
  while (fresh_ < piece_count() && (holds(fresh_) || asked_.contains(fresh_))) ++fresh_;
  if (fresh_ == piece_count()) return std::nullopt;
  return fresh_;
}

Instant MetadataEffort::next_doubt(Instant after, Duration patience) const {
  Instant first = never;
  for (const auto& [piece, asked] : asked_)
    if (!holds(piece) && asked.at + patience > after) first = std::min(first, asked.at + patience);
  return first;
}

void MetadataEffort::on_asked(std::uint32_t piece, Instant now) {
  Asked& asked = asked_[piece];
  ++asked.copies;
  asked.at = now;
  again_.erase(piece);
}

void MetadataEffort::on_unasked(std::uint32_t piece) {
  const auto found = asked_.find(piece);
  if (found == asked_.end() || --found->second.copies > 0) return;
  asked_.erase(found);
  if (!holds(piece)) again_.insert(piece);
}

void MetadataEffort::keep(std::uint32_t piece, Buffer data, const MetadataShare& share) {
  SEED_CHECK(data.size() == length_of(piece) && !holds(piece));
  bytes_held_ += data.size();
  again_.erase(piece);
  pieces_.emplace(piece, std::pair(std::move(data), share));
}

void MetadataEffort::clear() {
  pieces_.clear();
  again_.clear();
  bytes_held_ = 0;
  fresh_ = 0;
}

MetadataEffort::Whole MetadataEffort::take() {
  SEED_CHECK(complete());
  Whole out;
  out.pieces.reserve(pieces_.size());
  out.shares.reserve(pieces_.size());
  for (auto& [piece, held] : pieces_) {
    out.pieces.push_back(std::move(held.first));
    out.shares.push_back(held.second);
  }
  clear();
  return out;
}

}  // namespace seed::swarm
