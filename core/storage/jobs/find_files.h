// FindFiles: looks which of a torrent's files are there, under which name, with what stamp. Before
// that it finishes a move or a rename that a crash cut off.
#pragma once

#include <optional>
#include <vector>

#include "core/io/workers.h"
#include "core/storage/jobs/move_files.h"
#include "core/storage/progress.h"

namespace seed::storage {

/// Both names of a file, the likelier one first; no file is looked for under a root.
struct FileToFind {
  SafePath path;
  SafePath other;
  bool suffixed = false;  ///< `path` has the suffix
  /// As last saved: of two that are there the one that has it is the torrent's.
  std::optional<io::FileStamp> stamp;
};

struct FindFiles {
  std::optional<FinishMove> move;      ///< a move to be finished first
  std::optional<RenameOnDisk> rename;  ///< a rename to be carried out first, if it was not
  std::vector<FileToFind> targets;     ///< all files

  /// One entry a target.
  Result<std::vector<FoundFile>> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
