// Arrivals: the names that moves under way are going to make. Each looks whether its names are free
// long before it makes them, so no two may have the same in mind.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/storage/jobs/move_files.h"
#include "core/storage/open_files.h"

namespace seed::storage {

class Arrivals {
 public:
  /// Takes the new names of `files` for `store`, in place of those it had. Fault exists, and it has
  /// none: a move of another store is going to make one of them.
  Result<void> take(StoreId store, const std::vector<MovingFile>& files);
  /// Fault exists: a move of another store than this is going to make one of `names`.
  Result<void> check(StoreId store, std::span<const SafePath> names) const;
  void give_back(StoreId store) { names_.erase(store); }

 private:
  std::map<StoreId, std::unordered_set<std::string>> names_;
};

}  // namespace seed::storage
