// Bitfield: one bit a piece in the wire's order (BEP 3: piece 0 is the top bit of octet 0), with a
// count of the bits set kept as it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/piece.h"

namespace seed {

class Bitfield {
 public:
  Bitfield() = default;
  explicit Bitfield(std::uint32_t bits, bool value = false);
  /// From the wire: exactly ceil(bits / 8) octets with the spare bits zero; nothing otherwise.
  static std::optional<Bitfield> from_wire(Bytes octets, std::uint32_t bits);

  std::uint32_t size() const { return bits_; }
  std::uint32_t count() const { return set_; }
  bool all() const { return set_ == bits_; }
  bool none() const { return set_ == 0; }
  /// False for an index beyond the end.
  bool test(PieceIndex piece) const {
    return piece.value < bits_ && (octets_[piece.value / 8] >> (7 - piece.value % 8) & 1) != 0;
  }
  /// Sets or clears one bit; false when it was so already. `piece` within size().
  bool set(PieceIndex piece, bool value = true);
  void fill(bool value);
  /// The first set bit at or after `from`, or the first clear one; size() when there is none.
  std::uint32_t next_set(std::uint32_t from) const;
  std::uint32_t next_clear(std::uint32_t from) const;
  /// True when some bit from `from` on and before `to` is set; looks at no other.
  bool any(PieceIndex from, PieceIndex to) const;
  /// True when some bit is set here and clear in `other`, which has the same size.
  bool has_any_not_in(const Bitfield& other) const;

  Bytes wire() const { return octets_; }
  bool operator==(const Bitfield&) const = default;

 private:
  std::uint32_t bits_ = 0;
  std::uint32_t set_ = 0;
  Buffer octets_;
};

}  // namespace seed
