// RemoveFiles: removes a torrent's files and the folders that are empty then. Never the root, never
// a file that is not the torrent's.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"

namespace seed::storage {

struct RemoveFiles {
  std::vector<SafePath> files;  ///< without suffix; each is looked for under every name it may have

  /// The first fault, after everything was tried. What is not there is no fault.
  Result<void> operator()(const io::JobTools& tools);
};

/// Removes the folders above `paths`, innermost first, that are empty.
void remove_empty_folders(io::Files& files, const std::vector<SafePath>& paths);

}  // namespace seed::storage
