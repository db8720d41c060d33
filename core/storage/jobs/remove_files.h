// RemoveFiles: removes a torrent's files and the folders that are empty then. Never the root, never
// a file that is not the torrent's: a last name says nothing while nothing of the torrent is in the
// file, for the user or another torrent may have put it there.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"
#include "core/storage/jobs/move_files.h"
#include "core/storage/jobs/paths.h"

namespace seed::storage {

/// Whether a file under its last name is the torrent's.
enum class Ownership : std::uint8_t {
  none,       ///< nothing of the torrent was found in it
  unchecked,  ///< nobody has looked into it yet: it is, if it is as long as it should be
  held,       ///< something of the torrent is in it, or was
};

struct FileToRemove {
  /// Without suffix; ".part" is removed when that is its name, or the plain one not there or not
  /// ours.
  SafePath path;
  Ownership ownership = Ownership::none;
  std::uint64_t length = 0;
  KnownName known = {};
};

struct RemoveFiles {
  std::vector<FileToRemove> files;
  DropCopies copies = {};  ///< where their disk is there

  /// The first fault, after everything was tried. What is not there is no fault.
  Result<void> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
