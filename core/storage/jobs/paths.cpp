#include "core/storage/jobs/paths.h"

#include <algorithm>
#include <set>

#include "core/storage/placement.h"

namespace seed::storage {

Result<bool> exists(io::Files& files, const SafePath& path) {
  auto kind = files.kind(path);
  if (kind) return true;
  if (kind.error().code == FaultCode::not_found) return false;
  return std::unexpected(std::move(kind).error());
}

Result<std::optional<SafePath>> find_variant(io::Files& files, const SafePath& path) {
  SEED_TRY(const bool plain, exists(files, path));
  if (plain) return path;
  const SafePath suffixed = path.with_suffix(partial_suffix);
  SEED_TRY(const bool partial, exists(files, suffixed));
  if (partial) return suffixed;
  return std::nullopt;
}

Result<void> remove_if_there(io::Files& files, const SafePath& path) {
  auto removed = files.remove_file(path);
  if (!removed && removed.error().code != FaultCode::not_found) return removed;
  return {};
}

Result<void> sync_folders_of(io::Files& files, const std::vector<SafePath>& paths) {
  std::set<SafePath> done;
  for (const auto& path : paths) {
    for (SafePath folder = path.parent(); done.insert(folder).second; folder = folder.parent()) {
      auto synced = files.sync_folder(folder);
      if (!synced && synced.error().code != FaultCode::not_found) return synced;
      if (folder.is_root()) break;
    }
  }
  return {};
}

void remove_empty_folders(io::Files& files, const std::vector<SafePath>& paths) {
  std::set<SafePath> folders;
  for (const auto& path : paths)
    for (SafePath folder = path.parent(); !folder.is_root(); folder = folder.parent())
      if (!folders.insert(folder).second) break;
  // A folder's path is the beginning of those below it, so the reverse order is innermost first.
  // One that is not empty stays, and so do those above it: that is what the fault says.
  for (auto at = folders.rbegin(); at != folders.rend(); ++at) (void)files.remove_folder(*at);
}

}  // namespace seed::storage
