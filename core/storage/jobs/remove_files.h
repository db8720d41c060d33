// RemoveFiles: removes a torrent's files and the folders that are empty then. Never the root, never
// a file that is not the torrent's.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"

namespace seed::storage {

struct RemoveFiles {
  std::vector<SafePath>
      files;  ///< without suffix; ".part" is removed when the plain name is not there

  /// The first fault, after everything was tried. What is not there is no fault.
  Result<void> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
