// Incoming: the pieces of one torrent that are not whole yet, block by block, and who sent which.
//
// A value without I/O. Each block of a piece is absent, in memory, being written early, or on disk
// unverified. Bounds: what the picker asks for; octets in memory are counted by the caller.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/block.h"
#include "core/base/ids.h"
#include "core/base/piece.h"

namespace seed::storage {

enum class BlockState : std::uint8_t { absent, memory, spilling, disk };

struct IncomingPiece {
  std::uint32_t size = 0;  ///< octets of the piece
  std::vector<BlockState> state;
  std::vector<Block> blocks;
  std::vector<LinkId> from;
  std::vector<std::uint64_t> written;  ///< digests of those on disk; empty while none is
  std::uint32_t present = 0;           ///< blocks not absent
  std::uint32_t memory_bytes = 0;      ///< in state memory
  std::uint32_t bytes = 0;             ///< in any state but absent
  std::uint32_t spills = 0;            ///< early writes under way
  std::uint64_t touched = 0;           ///< order of the last block

  bool whole() const { return present == state.size(); }
};

class Incoming {
 public:
  /// The grid: the one length a block at `offset` may have; 0 when there is none.
  static std::uint32_t block_length(std::uint32_t piece_size, std::uint32_t offset);

  /// Keeps a block on the grid. False: it is here already.
  bool add(BlockRef ref, std::uint32_t piece_size, Block block, LinkId from);
  bool holds(BlockRef ref) const;
  IncomingPiece* find(PieceIndex piece);
  /// Takes a piece out. Early writes of it that are under way keep it `blocked`: what they write
  /// late must not land on what is written anew.
  std::optional<IncomingPiece> take(PieceIndex piece);

  /// What an early write of a piece takes: its blocks in memory, now `spilling`.
  struct Spill {
    PieceIndex piece;
    std::vector<std::uint32_t> offsets;
    std::vector<Block> blocks;
    std::uint32_t bytes = 0;
  };
  /// The piece that holds most in memory (the one longest untouched among equals); nothing when
  /// none holds any.
  std::optional<Spill> spill();
  bool blocked(PieceIndex piece) const { return orphans_.contains(piece); }
  /// An early write came back; one digest an offset, or none.
  void on_spilled(PieceIndex piece, const std::vector<std::uint32_t>& offsets,
                  const std::vector<std::uint64_t>& digests);

  std::vector<PieceIndex> pieces() const;
  /// All blocks that are here, by piece and offset.
  std::vector<BlockRef> blocks() const;
  /// Those of which something is written early, or is being.
  std::vector<PieceIndex> early() const;
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t memory_bytes() const { return memory_bytes_; }

 private:
  std::map<PieceIndex, IncomingPiece> pieces_;
  std::map<PieceIndex, std::uint32_t> orphans_;  ///< early writes under way of pieces taken out
  std::uint64_t bytes_ = 0;
  std::uint64_t memory_bytes_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace seed::storage
