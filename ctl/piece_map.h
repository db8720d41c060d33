// PieceMap: a picture of which pieces of a torrent are there, and of which nobody has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/json.h"
#include "ctl/table.h"

namespace seed::ctl {

struct PieceMap {
  std::vector<bool> have;
  /// How many connected peers have each; empty when that is not known.
  std::vector<std::int64_t> offered;

  std::size_t count() const;
  /// Of those that are missing, how many no connected peer has.
  std::size_t nowhere() const;
};

/// From `pieces`, `piece_count` and `availability` of torrent_get.
PieceMap read_pieces(const Json& torrent);

/// Lines of cells with the number of their first piece in front, no more than `rows_max`: each cell
/// stands for as many pieces as that needs.
std::string draw_pieces(const PieceMap& map, const Look& look, std::size_t rows_max);

}  // namespace seed::ctl
