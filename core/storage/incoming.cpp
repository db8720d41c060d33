#include "core/storage/incoming.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace seed::storage {

std::uint32_t Incoming::block_length(std::uint32_t piece_size, std::uint32_t offset) {
  if (offset >= piece_size || offset % block_size != 0) return 0;
  return std::min(block_size, piece_size - offset);
}

bool Incoming::add(BlockRef ref, std::uint32_t piece_size, Block block, LinkId from) {
  SEED_CHECK(ref.length == block_length(piece_size, ref.offset) && block.size() == ref.length);
  if (blocked(ref.piece)) return false;
  auto& piece = pieces_[ref.piece];
  if (piece.size == 0) {
    const std::size_t count = (std::size_t{piece_size} + block_size - 1) / block_size;
    piece.size = piece_size;
    piece.state.resize(count, BlockState::absent);
    piece.blocks.resize(count);
    piece.from.resize(count);
  }
  const std::size_t index = ref.offset / block_size;
  if (piece.state[index] != BlockState::absent) return false;
  piece.state[index] = BlockState::memory;
  piece.blocks[index] = std::move(block);
  piece.from[index] = from;
  ++piece.present;
  piece.memory_bytes += ref.length;
  piece.bytes += ref.length;
  piece.touched = ++sequence_;
  memory_bytes_ += ref.length;
  bytes_ += ref.length;
  return true;
}

bool Incoming::holds(BlockRef ref) const {
  const auto found = pieces_.find(ref.piece);
  if (found == pieces_.end() || ref.offset % block_size != 0) return false;
  const std::size_t index = ref.offset / block_size;
  return index < found->second.state.size() && found->second.state[index] != BlockState::absent;
}

IncomingPiece* Incoming::find(PieceIndex piece) {
  const auto found = pieces_.find(piece);
  return found == pieces_.end() ? nullptr : &found->second;
}

std::optional<IncomingPiece> Incoming::take(PieceIndex piece) {
  auto node = pieces_.extract(piece);
  if (node.empty()) return std::nullopt;
  bytes_ -= node.mapped().bytes;
  memory_bytes_ -= node.mapped().memory_bytes;
  if (node.mapped().spills > 0) orphans_[piece] += node.mapped().spills;
  return std::move(node.mapped());
}

std::optional<Incoming::Spill> Incoming::spill() {
  auto best = pieces_.end();
  for (auto at = pieces_.begin(); at != pieces_.end(); ++at) {
    if (at->second.memory_bytes == 0) continue;
    const auto rank = [](const IncomingPiece& piece) {
      return std::pair(piece.memory_bytes, ~piece.touched);
    };
    if (best == pieces_.end() || rank(at->second) > rank(best->second)) best = at;
  }
  if (best == pieces_.end()) return std::nullopt;

  auto& piece = best->second;
  Spill out{best->first, {}, {}, piece.memory_bytes};
  for (std::size_t i = 0; i < piece.state.size(); ++i) {
    if (piece.state[i] != BlockState::memory) continue;
    piece.state[i] = BlockState::spilling;
    out.offsets.push_back(static_cast<std::uint32_t>(i * block_size));
    out.blocks.push_back(std::exchange(piece.blocks[i], Block()));
  }
  memory_bytes_ -= piece.memory_bytes;
  piece.memory_bytes = 0;
  ++piece.spills;
  return out;
}

void Incoming::on_spilled(PieceIndex piece, const std::vector<std::uint32_t>& offsets,
                          const std::vector<std::uint64_t>& digests) {
  if (const auto orphan = orphans_.find(piece); orphan != orphans_.end()) {
    if (--orphan->second == 0) orphans_.erase(orphan);
    return;
  }
  auto* found = find(piece);
  SEED_CHECK(found != nullptr);
  --found->spills;
  found->written.resize(found->state.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const std::size_t index = offsets[i] / block_size;
    found->state[index] = BlockState::disk;
    if (i < digests.size()) found->written[index] = digests[i];
  }
}

std::vector<PieceIndex> Incoming::pieces() const {
  std::vector<PieceIndex> out;
  out.reserve(pieces_.size());
  for (const auto& [piece, unused] : pieces_) out.push_back(piece);
  return out;
}

std::vector<BlockRef> Incoming::blocks() const {
  std::vector<BlockRef> out;
  for (const auto& [piece, held] : pieces_)
    for (std::uint32_t i = 0; i < held.state.size(); ++i) {
      const std::uint32_t offset = i * block_size;
      if (held.state[i] != BlockState::absent)
        out.push_back({piece, offset, block_length(held.size, offset)});
    }
  return out;
}

std::vector<PieceIndex> Incoming::early() const {
  std::vector<PieceIndex> out;
  for (const auto& [piece, held] : pieces_)
    if (held.bytes > held.memory_bytes) out.push_back(piece);
  return out;
}

}  // namespace seed::storage
