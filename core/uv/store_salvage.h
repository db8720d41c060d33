// Salvage: what can still be read of a damaged state file, row by row.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/uv/store_tables.h"

namespace seed::uv {

struct Salvaged {
  std::array<std::size_t, store_tables.size()> rows{};  ///< recovered, by StoreTable
  /// "12 torrents, 12 metainfo, 11 progress, 3 settings, 1 meta"
  std::string text() const;
};

/// Moves the state file and its log aside. Returns the new name, "<path>.damaged-<unix time>".
Result<std::string> move_damaged_aside(const std::string& path);

/// Copies what can be read of `damaged` into `fresh`. A file of which nothing can be read gives
/// nothing; a Fault means that `fresh` could not be written.
Result<Salvaged> salvage(const std::string& damaged, StoreTables& fresh);

}  // namespace seed::uv
