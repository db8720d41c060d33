#include "core/swarm/wants.h"

#include <algorithm>

namespace seed::swarm {

std::vector<Want> plan_wants(std::span<const FileWish> files, std::uint32_t piece_count,
                             bool early_edges) {
  std::vector<Want> wants(piece_count);
  // Files follow each other, so each piece is touched by few files or by one long one.
  const auto raise = [&](std::uint32_t piece, Want want) {
    if (piece < piece_count) wants[piece] = std::max(wants[piece], want);
  };
  for (const FileWish& file : files) {
    if (!file.wanted || piece_count == 0) continue;
    const std::uint32_t last = std::min(file.last.value, piece_count - 1);
    for (std::uint32_t piece = file.first.value; piece <= last; ++piece)
      raise(piece, Want::of(file.priority));
    if (early_edges) {
      raise(file.first.value, Want::of(file.priority, true));
      raise(file.last.value, Want::of(file.priority, true));
    }
  }
  return wants;
}

}  // namespace seed::swarm
