#include "core/base/bitfield.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/check.h"

namespace seed {
namespace {

std::size_t octets_for(std::uint32_t bits) {
  return bits / 8 + (bits % 8 != 0 ? std::size_t{1} : std::size_t{0});
}

/// The bits of the last octet that stand for nothing; BEP 3 wants them zero.
std::uint8_t spare_mask(std::uint32_t bits) {
  return bits % 8 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(0xffu >> (bits % 8));
}

std::uint64_t word_at(const std::uint8_t* octets) {
  std::uint64_t word = 0;
  std::memcpy(&word, octets, sizeof word);
  return word;
}

std::uint32_t count_ones(Bytes octets) {
  std::size_t at = 0;
  int ones = 0;
  for (; at + 8 <= octets.size(); at += 8) ones += std::popcount(word_at(octets.data() + at));
  for (; at < octets.size(); ++at) ones += std::popcount(octets[at]);
  return static_cast<std::uint32_t>(ones);
}

/// The first bit at or after `from` that differs from those of `skip` (0x00 or 0xff); `bits` when
/// there is none.
std::uint32_t next_other(Bytes octets, std::uint32_t from, std::uint32_t bits, std::uint8_t skip) {
  if (from >= bits) return bits;
  const std::uint64_t skip_word = skip == 0 ? std::uint64_t{0} : ~std::uint64_t{0};
  std::size_t at = from / 8;
  auto differing =
      static_cast<std::uint8_t>((octets[at] ^ skip) & static_cast<std::uint8_t>(0xffu >> from % 8));
  while (differing == 0) {
    ++at;
    while (at + 8 <= octets.size() && word_at(octets.data() + at) == skip_word) at += 8;
    if (at >= octets.size()) return bits;
    differing = static_cast<std::uint8_t>(octets[at] ^ skip);
  }
  const auto found = at * 8 + static_cast<std::size_t>(std::countl_zero(differing));
  return static_cast<std::uint32_t>(std::min<std::size_t>(found, bits));
}

}  // namespace

Bitfield::Bitfield(std::uint32_t bits, bool value) : bits_(bits), octets_(octets_for(bits), 0) {
  if (value) fill(true);
}

std::optional<Bitfield> Bitfield::from_wire(Bytes octets, std::uint32_t bits) {
  if (octets.size() != octets_for(bits)) return std::nullopt;
  if (!octets.empty() && (octets.back() & spare_mask(bits)) != 0) return std::nullopt;
  Bitfield out;
  out.bits_ = bits;
  out.octets_ = to_buffer(octets);
  out.set_ = count_ones(octets);
  return out;
}

bool Bitfield::set(PieceIndex piece, bool value) {
  SEED_CHECK(piece.value < bits_);
  if (test(piece) == value) return false;
  auto& octet = octets_[piece.value / 8];
  octet = static_cast<std::uint8_t>(octet ^ (0x80u >> piece.value % 8));
  set_ = value ? set_ + 1 : set_ - 1;
  return true;
}

void Bitfield::fill(bool value) {
  std::ranges::fill(octets_, value ? std::uint8_t{0xff} : std::uint8_t{0});
  if (value && !octets_.empty())
    octets_.back() = static_cast<std::uint8_t>(octets_.back() & ~spare_mask(bits_));
  set_ = value ? bits_ : 0;
}

std::uint32_t Bitfield::next_set(std::uint32_t from) const {
  return next_other(octets_, from, bits_, 0x00);
}

std::uint32_t Bitfield::next_clear(std::uint32_t from) const {
  return next_other(octets_, from, bits_, 0xff);
}

bool Bitfield::any(PieceIndex from, PieceIndex to) const {
  const auto end = std::min(to.value, bits_);
  return next_other(Bytes(octets_).first(octets_for(end)), from.value, end, 0x00) < end;
}

bool Bitfield::has_any_not_in(const Bitfield& other) const {
  SEED_CHECK(other.bits_ == bits_);
  std::size_t at = 0;
  for (; at + 8 <= octets_.size(); at += 8)
    if ((word_at(octets_.data() + at) & ~word_at(other.octets_.data() + at)) != 0) return true;
  for (; at < octets_.size(); ++at)
    if ((octets_[at] & ~other.octets_[at]) != 0) return true;
  return false;
}

}  // namespace seed
