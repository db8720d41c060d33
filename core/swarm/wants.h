// Want: how much one piece is wanted, and how the wishes about files become wishes about pieces.
//
// A piece that touches a wanted file is wanted, with the highest priority of the wanted files it
// touches; what it holds of unwanted files comes along.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/piece.h"

namespace seed::swarm {

/// Rank 0: not wanted. 1 to 6: low, low and early, normal, normal and early, high, high and early.
/// A higher rank is picked first. "Early" is the first and last piece of a file: it goes before the
/// rest of its own priority, not before a higher one.
struct Want {
  static constexpr std::uint8_t ranks = 7;
  std::uint8_t rank = 0;

  static constexpr Want no() { return {}; }
  static constexpr Want of(Priority priority, bool early = false) {
    return {static_cast<std::uint8_t>((static_cast<int>(priority) + 1) * 2 + 1 + (early ? 1 : 0))};
  }
  constexpr bool wanted() const { return rank != 0; }
  auto operator<=>(const Want&) const = default;
};

/// One file as the pieces see it. Files without content and pad files are left out by the caller.
struct FileWish {
  PieceIndex first;
  PieceIndex last;  ///< inclusive
  Priority priority = Priority::normal;
  bool wanted = true;
};

/// One Want a piece. `early_edges`: the first and last piece of each file get the boost. Ranges
/// beyond `piece_count` are cut. O(pieces touched + files).
std::vector<Want> plan_wants(std::span<const FileWish> files, std::uint32_t piece_count,
                             bool early_edges);

}  // namespace seed::swarm
