// Names that a torrent's file may have on disk: its own, with ".part", and either of them with the
// suffix of a copy under way; and what jobs ask about them.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/files.h"

namespace seed::storage {

/// Whether anything has that name. Faults other than not_found come back.
Result<bool> exists(io::Files& files, const SafePath& path);
/// Whether a file of the torrent bears the ".part", as far as that is known. Beside one of the
/// torrent's there may be one of the user's under the other name.
struct KnownName {
  bool suffixed = false;  ///< it is looked for with ".part" first
  bool certain = false;   ///< what has the other name is somebody else's
  /// As last saved: of two that are there the one that has it is the torrent's.
  std::optional<io::FileStamp> stamp;
};
/// `path`, or else `path`.part: the one of them that is the torrent's; nothing when none is there.
Result<std::optional<SafePath>> find_variant(io::Files& files, const SafePath& path,
                                             const KnownName& known);
/// Removes a file; that it is not there is fine.
Result<void> remove_if_there(io::Files& files, const SafePath& path);
/// Syncs the folders of `paths` and those above them up to their root, each once. One
/// that is gone holds no names.
Result<void> sync_folders_of(io::Files& files, const std::vector<SafePath>& paths);
/// Removes the folders above `paths` that are empty, innermost first; never the root.
void remove_empty_folders(io::Files& files, const std::vector<SafePath>& paths);

}  // namespace seed::storage
