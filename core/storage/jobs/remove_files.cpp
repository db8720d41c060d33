#include "core/storage/jobs/remove_files.h"

#include <optional>

#include "core/storage/jobs/file_access.h"
#include "core/storage/placement.h"

namespace seed::storage {
namespace {

/// The one that is the torrent's; nothing when none is there.
Result<std::optional<SafePath>> find_own(io::Files& files, const FileToRemove& file) {
  if (file.ownership == Ownership::held || (file.known.certain && file.known.suffixed))
    return find_variant(files, file.path, file.known);
  const SafePath partial = file.path.with_suffix(partial_suffix);
  SEED_TRY(const bool begun, exists(files, partial));
  if (begun) return partial;
  const auto stamp = files.stamp(file.path);
  if (!stamp) return std::nullopt;
  // It makes empty files without a suffix.
  const bool fits = file.ownership == Ownership::unchecked && stamp->size == file.length;
  return stamp->size == 0 || fits ? std::optional(file.path) : std::nullopt;
}

}  // namespace

Result<void> RemoveFiles::operator()(const io::JobTools& tools) {
  std::optional<Fault> first;
  const auto note = [&](Result<void> outcome) {
    if (!outcome && !first) first = std::move(outcome).error();
  };
  for (const auto& file : files) {
    auto found = find_own(tools.files, file);
    if (!found) {
      note(std::unexpected(std::move(found).error()));
    } else if (*found) {
      note(remove_if_there(tools.files, **found));
    }
    // What a copy or the reserving of room left that was cut off.
    for (const auto& name : {file.path, file.path.with_suffix(partial_suffix)}) {
      const auto copy = name.with_suffix(moving_suffix);
      for (const auto& left :
           {copy, copy.with_suffix(moving_suffix), name.with_suffix(making_suffix)})
        note(remove_if_there(tools.files, left));
    }
  }
  std::vector<SafePath> paths;
  for (const auto& file : files) paths.push_back(file.path);
  remove_empty_folders(tools.files, paths);
  (void)copies(tools);
  if (first) return std::unexpected(std::move(*first));
  return {};
}

}  // namespace seed::storage
