#include "core/storage/arrivals.h"

#include <fmt/format.h>

#include <utility>

namespace seed::storage {

Result<void> Arrivals::take(StoreId store, const std::vector<MovingFile>& files) {
  names_.erase(store);
  std::unordered_set<std::string> names;
  for (const auto& file : files) {
    SEED_TRY_VOID(check(store, {&file.to, 1}));
    names.insert(file.to.full());
  }
  names_.emplace(store, std::move(names));
  return {};
}

Result<void> Arrivals::check(StoreId store, std::span<const SafePath> names) const {
  for (const auto& name : names)
    for (const auto& [other, taken] : names_)
      if (other != store && taken.contains(name.full()))
        return fail(FaultCode::exists,
                    fmt::format("another torrent is being moved to {} just now", name.full()));
  return {};
}

}  // namespace seed::storage
