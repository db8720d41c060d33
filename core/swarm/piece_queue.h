// PieceQueue: the pieces that are wanted, missing and not started, in buckets by rank and
// availability.
//
// A piece knows its place in its bucket, so entering, leaving and moving by one are O(1). A bitmap
// a rank answers in O(pieces / 64) what a sparse peer can serve, however rare pieces lie.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/piece.h"
#include "core/swarm/wants.h"

namespace seed::swarm {

class PieceQueue {
 public:
  /// Availabilities beyond this are one bucket: so common that order does not matter.
  static constexpr std::uint32_t availability_max = 1023;

  explicit PieceQueue(std::uint32_t piece_count);

  /// Puts the piece in, at its rank (not 0) and present availability; it must not be in.
  void insert(PieceIndex piece, Want want);
  /// Takes it out; nothing happens when it is not in.
  void erase(PieceIndex piece);
  bool contains(PieceIndex piece) const { return entries_[piece.value].place != absent; }
  std::uint32_t size() const { return size_; }
  std::uint32_t size_of(std::uint8_t rank) const { return ranks_[rank].count; }
  /// Rank under which it is queued; 0 when it is not.
  std::uint8_t rank_of(PieceIndex piece) const { return entries_[piece.value].rank; }

  /// Peers that have it, those with everything left out; counted for all pieces, queued or not.
  std::uint32_t availability(PieceIndex piece) const { return entries_[piece.value].availability; }
  /// One peer more has it; true when it is the first.
  bool raise(PieceIndex piece);
  /// One less; true when it was the last.
  bool lower(PieceIndex piece);

  /// The queued pieces of `rank` with this availability, in no order.
  std::span<const std::uint32_t> bucket(std::uint8_t rank, std::uint32_t availability) const;
  /// The first availability at or above `from` with a bucket that is not empty; above
  /// availability_max when there is none.
  std::uint32_t next_bucket(std::uint8_t rank, std::uint32_t from) const;
  /// The queued pieces of `rank` as a bitmap; an empty bitfield when there are none.
  const Bitfield& bitmap(std::uint8_t rank) const { return ranks_[rank].bitmap; }

 private:
  static constexpr std::uint32_t absent = 0xffffffff;
  struct Entry {
    std::uint32_t availability = 0;
    std::uint32_t place = absent;  ///< index in its bucket
    std::uint8_t rank = 0;
  };
  struct Rank {
    std::vector<std::vector<std::uint32_t>> buckets;
    std::array<std::uint64_t, (availability_max + 64) / 64> filled{};  ///< buckets with something
    Bitfield bitmap;
    std::uint32_t count = 0;
  };
  static std::uint32_t bucket_of(const Entry& entry) {
    return entry.availability < availability_max ? entry.availability : availability_max;
  }
  void put(PieceIndex piece);
  void take(PieceIndex piece);

  std::uint32_t piece_count_;
  std::uint32_t size_ = 0;
  std::vector<Entry> entries_;
  std::array<Rank, Want::ranks> ranks_;
};

/// The first piece at or after `from` that both hold; a.size() when there is none. Of one size.
std::uint32_t first_common(const Bitfield& a, const Bitfield& b, std::uint32_t from);

}  // namespace seed::swarm
