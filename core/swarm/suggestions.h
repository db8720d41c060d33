// Suggestions: pieces a peer would like to be asked for, the newest first (BEP 6, "suggest piece").
//
// Advice only: a peer suggests what it has at hand. Bounds: `most` pieces a peer; more push out the
// oldest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/piece.h"

namespace seed::swarm {

class Suggestions {
 public:
  static constexpr std::size_t most = 16;

  void add(PieceIndex piece) {
    std::erase(pieces_, piece);
    if (pieces_.size() == most) pieces_.pop_back();
    pieces_.insert(pieces_.begin(), piece);
  }

  /// Takes out the newest one for which `fits(piece)` is true; the others stay for another time.
  template <typename Fits>
  std::optional<PieceIndex> take(Fits&& fits) {
    const auto found = std::ranges::find_if(pieces_, fits);
    if (found == pieces_.end()) return std::nullopt;
    const PieceIndex piece = *found;
    pieces_.erase(found);
    return piece;
  }

 private:
  std::vector<PieceIndex> pieces_;
};

}  // namespace seed::swarm
