#include "core/storage/jobs/paths.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/storage/placement.h"

namespace seed::storage {

Result<bool> exists(io::Files& files, const SafePath& path) {
  auto kind = files.kind(path);
  if (kind) return true;
  if (kind.error().code == FaultCode::not_found) return false;
  return std::unexpected(std::move(kind).error());
}

Result<std::optional<SafePath>> find_variant(io::Files& files, const SafePath& path,
                                             const KnownName& known) {
  SafePath first = path;
  SafePath other = path.with_suffix(partial_suffix);
  if (known.suffixed) std::swap(first, other);
  SEED_TRY(const bool there, exists(files, first));
  const auto has_stamp = [&](const SafePath& name) {
    const auto stamp = files.stamp(name);
    return stamp && *stamp == known.stamp;
  };
  if (known.certain || (there && (!known.stamp || has_stamp(first))))
    return there ? std::optional(first) : std::nullopt;
  SEED_TRY(const bool other_there, exists(files, other));
  if (other_there && (!there || has_stamp(other))) return other;
  return there ? std::optional(first) : std::nullopt;
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
