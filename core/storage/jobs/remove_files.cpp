#include "core/storage/jobs/remove_files.h"

#include <optional>

#include "core/storage/jobs/file_access.h"
#include "core/storage/jobs/paths.h"
#include "core/storage/placement.h"

namespace seed::storage {

Result<void> RemoveFiles::operator()(const io::JobTools& tools) {
  std::optional<Fault> first;
  const auto note = [&](Result<void> outcome) {
    if (!outcome && !first) first = std::move(outcome).error();
  };
  for (const auto& file : files) {
    auto found = find_variant(tools.files, file);
    if (!found) {
      note(std::unexpected(std::move(found).error()));
    } else if (*found) {
      note(remove_if_there(tools.files, **found));
    }
    // What a copy or the reserving of room left that was cut off.
    for (const auto& name : {file, file.with_suffix(partial_suffix)}) {
      const auto copy = name.with_suffix(moving_suffix);
      for (const auto& left :
           {copy, copy.with_suffix(moving_suffix), name.with_suffix(making_suffix)})
        note(remove_if_there(tools.files, left));
    }
  }
  remove_empty_folders(tools.files, files);
  if (first) return std::unexpected(std::move(*first));
  return {};
}

}  // namespace seed::storage
