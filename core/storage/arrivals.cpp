#include "core/storage/arrivals.h"

#include <fmt/format.h>

#include <utility>

namespace seed::storage {

Result<void> Arrivals::take(StoreId store, const std::vector<MovingFile>& files) {
  names_.erase(store);
  std::unordered_set<std::string> names;
  for (const auto& file : files) {
    auto name = file.to.full();
    for (const auto& [other, taken] : names_)
      if (taken.contains(name))
        return fail(FaultCode::exists,
                    fmt::format("another torrent is being moved to {} just now", name));
    names.insert(std::move(name));
  }
  names_.emplace(store, std::move(names));
  return {};
}

}  // namespace seed::storage
