// RemoveFiles: removes a torrent's files and the folders that are empty then. Never the root, never
// a file that is not the torrent's: a last name says nothing while nothing of the torrent is in the
// file, for the user or another torrent may have put it there.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"

namespace seed::storage {

struct FileToRemove {
  SafePath path;      ///< without suffix; ".part" is removed when the plain name is not there
  bool ours = false;  ///< something of the torrent is in it, else only ".part" is removed
};

struct RemoveFiles {
  std::vector<FileToRemove> files;

  /// The first fault, after everything was tried. What is not there is no fault.
  Result<void> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
