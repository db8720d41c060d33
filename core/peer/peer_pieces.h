// PeerPieces: which pieces a peer says it has, also before anybody knows how many there are.
//
// BEP 3 (bitfield, have), BEP 6 (have all, have none, allowed fast), BEP 54 (lt_donthave). While
// the shape is unknown all is kept raw and settled by settle().
//
// Bounds: a raw bitfield limits::message_bytes_max (the reader sees to it); raw haves
// `early_haves_max`, beyond: forgotten; allowed fast pieces `allowed_fast_max`, beyond: ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/piece.h"

namespace seed::peer {

/// Haves kept while the shape is not known: as many as a message's worth of indices.
inline constexpr std::size_t early_haves_max = limits::message_bytes_max / 4;
/// Allowed fast pieces kept each way; BEP 6 proposes ten.
inline constexpr std::size_t allowed_fast_max = 64;

class PeerPieces {
 public:
  enum class Outcome : std::uint8_t { news, nothing_new, out_of_range, bad_bitfield };

  bool settled() const { return pieces_.has_value(); }
  /// Empty until settled.
  const Bitfield& pieces() const;

  /// `piece_count` is now known. news: pieces() is what was said before (all clear when nothing
  /// was); nothing_new: nothing had been said; else what was said does not fit.
  Outcome settle(std::uint32_t piece_count);
  /// A later one only adds: pieces are taken back with lt_donthave.
  Outcome on_bitfield(Bytes octets);
  Outcome on_all_or_none(bool all);
  Outcome on_have(PieceIndex piece);
  Outcome on_donthave(PieceIndex piece);
  Outcome on_allowed_fast(PieceIndex piece);
  bool allowed_fast(PieceIndex piece) const;
  /// The allowed fast pieces, in the order they came.
  const std::vector<PieceIndex>& allowed_fast() const { return allowed_fast_; }

 private:
  struct Early {
    bool said = false;
    std::optional<bool> all;
    std::optional<Buffer> octets;
    std::vector<PieceIndex> haves;
  };

  std::optional<Bitfield> pieces_;
  Early early_;
  std::vector<PieceIndex> allowed_fast_;
};

}  // namespace seed::peer
