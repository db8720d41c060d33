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

/// What a salvaged state file is called until the damaged one is out of its way.
inline constexpr const char* new_suffix = ".new";

/// Moves the state file and then its log aside. Returns the new name, "<path>.damaged-<unix time>".
Result<std::string> move_damaged_aside(const std::string& path);

/// Writes what can be read of the state file and its log, which it leaves as they are, into a state
/// file `into`: it is there when it is whole, not before. A file of which nothing can be read gives
/// an empty one; a Fault means that there was no writing it.
///
/// A file whose first page is damaged is read in a copy with the first page of a new state file:
/// the tables begin at the same pages in all of them, being made in the same order.
Result<Salvaged> salvage(const std::string& path, const std::string& into);

/// Durable when it returns.
Result<void> rename_for_good(const std::string& from, const std::string& to);

}  // namespace seed::uv
