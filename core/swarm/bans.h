// Bans: who sent the bytes that made a piece fail its hash.
//
// Keeps, for each piece under way, which address sent which block, and, of pieces that failed, the
// blocks' digests. A piece that one address alone sent convicts it at once. Otherwise, when the
// piece passes later, whoever sent a block that differs from the right one is guilty. An address is
// named at most once a call and only on such proof, so an honest peer is never named. Peers behind
// one address are one. Blocks of unknown origin (a resume, a web seed: record them as nobody) never
// convict and never let a single sender be convicted.
//
// Bounds: failed_pieces_max pieces and attempts_max failures a piece are remembered; the oldest is
// forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/piece.h"

namespace seed::swarm {

/// What a block's content is known by: the first 8 octets of its SHA-256. One who would hide behind
/// a false block with the right digest needs 2^64 tries.
using BlockDigest = std::uint64_t;
BlockDigest block_digest(Bytes content);

class Bans {
 public:
  static constexpr std::size_t failed_pieces_max = 256;
  static constexpr std::size_t attempts_max = 16;

  /// A block was accepted from `sender` (nobody when it is not a peer). Replaces an earlier one.
  void on_block(PieceIndex piece, std::uint32_t block, const std::optional<IpAddress>& sender);
  /// True when on_piece_passed needs the digests of this piece: it failed before.
  bool needs_digests(PieceIndex piece) const { return failed_.contains(piece.value); }

  /// The piece failed its hash. `digests`: one for each block in order, of what was hashed; if they
  /// could not be made, empty. Returns who is guilty beyond doubt: the single sender, if there is
  /// one. Blocks recorded are forgotten: the next attempt begins.
  std::vector<IpAddress> on_piece_failed(PieceIndex piece, std::uint32_t block_count,
                                         std::span<const BlockDigest> digests);
  /// The piece passed. `digests` may be empty unless needs_digests(). Returns the guilty of its
  /// earlier failures, each once.
  std::vector<IpAddress> on_piece_passed(PieceIndex piece, std::span<const BlockDigest> digests);
  /// What the first blocks of a piece that has failed should have been, or all, is known by another
  /// way. As on_piece_passed, but it is not here yet.
  std::vector<IpAddress> judge_failures(PieceIndex piece, std::span<const BlockDigest> digests);
  /// Its blocks were lost or thrown away without a verdict; a failure before that stays known.
  void on_piece_dropped(PieceIndex piece);

  std::size_t pieces_under_way() const { return under_way_.size(); }
  std::size_t pieces_failed() const { return failed_.size(); }

 private:
  using Senders = std::vector<std::optional<IpAddress>>;
  struct Attempt {
    Senders senders;
    std::vector<BlockDigest> digests;
  };
  std::unordered_map<std::uint32_t, Senders> under_way_;
  std::unordered_map<std::uint32_t, std::deque<Attempt>> failed_;
  std::deque<std::uint32_t> failed_order_;
};

}  // namespace seed::swarm
