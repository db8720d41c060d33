#include "core/swarm/piece_queue.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/check.h"

namespace seed::swarm {

namespace {

/// 64 pieces from octet `at` on, the first in the top bit; beyond the end there are none.
std::uint64_t word_at(Bytes octets, std::size_t at) {
  std::uint64_t word = 0;
  if (at + sizeof word <= octets.size())
    std::memcpy(&word, octets.data() + at, sizeof word);
  else
    std::memcpy(&word, octets.data() + at, octets.size() - at);
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  return word;
}

}  // namespace

PieceQueue::PieceQueue(std::uint32_t piece_count)
    : piece_count_(piece_count), entries_(piece_count) {}

void PieceQueue::put(PieceIndex piece) {
  Entry& entry = entries_[piece.value];
  Rank& rank = ranks_[entry.rank];
  const std::uint32_t at = bucket_of(entry);
  if (rank.buckets.size() <= at) rank.buckets.resize(at + 1);
  auto& bucket = rank.buckets[at];
  if (bucket.empty()) rank.filled[at / 64] |= std::uint64_t{1} << (at % 64);
  entry.place = static_cast<std::uint32_t>(bucket.size());
  bucket.push_back(piece.value);
}

void PieceQueue::take(PieceIndex piece) {
  Entry& entry = entries_[piece.value];
  Rank& rank = ranks_[entry.rank];
  const std::uint32_t at = bucket_of(entry);
  auto& bucket = rank.buckets[at];
  bucket[entry.place] = bucket.back();
  entries_[bucket[entry.place]].place = entry.place;
  bucket.pop_back();
  entry.place = absent;
  if (bucket.empty()) rank.filled[at / 64] &= ~(std::uint64_t{1} << (at % 64));
}

void PieceQueue::insert(PieceIndex piece, Want want) {
  SEED_DCHECK(!contains(piece) && want.wanted());
  entries_[piece.value].rank = want.rank;
  put(piece);
  Rank& rank = ranks_[want.rank];
  if (rank.bitmap.size() != piece_count_) rank.bitmap = Bitfield(piece_count_);
  rank.bitmap.set(piece);
  ++rank.count;
  ++size_;
}

void PieceQueue::erase(PieceIndex piece) {
  if (!contains(piece)) return;
  take(piece);
  Entry& entry = entries_[piece.value];
  Rank& rank = ranks_[entry.rank];
  rank.bitmap.set(piece, false);
  --rank.count;
  --size_;
  entry.rank = 0;
}

bool PieceQueue::raise(PieceIndex piece) {
  Entry& entry = entries_[piece.value];
  const bool moves = contains(piece) && entry.availability < availability_max;
  if (moves) take(piece);
  ++entry.availability;
  if (moves) put(piece);
  return entry.availability == 1;
}

bool PieceQueue::lower(PieceIndex piece) {
  Entry& entry = entries_[piece.value];
  if (entry.availability == 0) return false;
  const bool moves = contains(piece) && entry.availability <= availability_max;
  if (moves) take(piece);
  --entry.availability;
  if (moves) put(piece);
  return entry.availability == 0;
}

std::span<const std::uint32_t> PieceQueue::bucket(std::uint8_t rank,
                                                  std::uint32_t availability) const {
  const auto& buckets = ranks_[rank].buckets;
  if (availability >= buckets.size()) return {};
  return buckets[availability];
}

std::uint32_t PieceQueue::next_bucket(std::uint8_t rank, std::uint32_t from) const {
  const auto& filled = ranks_[rank].filled;
  std::uint64_t mask = ~std::uint64_t{0} << (from % 64);
  for (std::size_t word = from / 64; word < filled.size(); ++word) {
    const std::uint64_t bits = filled[word] & mask;
    if (bits != 0)
      return static_cast<std::uint32_t>(word * 64) +
             static_cast<std::uint32_t>(std::countr_zero(bits));
    mask = ~std::uint64_t{0};
  }
  return availability_max + 1;
}

std::uint32_t first_common(const Bitfield& a, const Bitfield& b, std::uint32_t from) {
  if (b.size() != a.size() || from >= a.size()) return a.size();
  const Bytes left = a.wire();
  const Bytes right = b.wire();
  std::size_t at = from / 64 * 8;
  std::uint64_t both = word_at(left, at) & word_at(right, at) & (~std::uint64_t{0} >> (from % 64));
  while (both == 0) {
    at += 8;
    // Whole words in the wire's own order: only whether any bit is left matters until one is found.
    for (std::uint64_t x = 0, y = 0; at + 8 <= left.size(); at += 8) {
      std::memcpy(&x, left.data() + at, 8);
      std::memcpy(&y, right.data() + at, 8);
      if ((x & y) != 0) break;
    }
    if (at >= left.size()) return a.size();
    both = word_at(left, at) & word_at(right, at);
  }
  return static_cast<std::uint32_t>(at * 8) + static_cast<std::uint32_t>(std::countl_zero(both));
}

}  // namespace seed::swarm
