// PrepareMove, FinishMove, RenameOnDisk: a torrent's files to another root, and paths to other
// names.
//
// Killed at any point, the data is whole in one place, and what was saved says which:
//   1. PrepareMove. Same file system: only looks that nothing is in the way. Another one: copies
//      each file to "<new>.seedd-moving" and syncs it. The old place is whole. A fault or a crash
//      here changes nothing but leftovers, which the next PrepareMove removes first; or the next
//      start, by {copying_to = new}, which is saved within seconds of the first copy.
//   2. The engine saves {root = new, moving_from = old}; durable from here on.
//   3. FinishMove, file by file: "<new>.seedd-moving" is renamed to "<new>", or else "<old>" is
//      renamed to "<new>"; the new folder is synced; only then what is left of "<old>" is removed.
//      It may be run again at any time and goes on where it was: every file is whole as "<new>",
//      or else whole as "<new>.seedd-moving" or "<old>". At last the empty folders of the old go.
//      A "<new>" that is there beside another "<old>" is somebody else's: nothing is removed.
//      When it fails the first time, what has arrived goes back, as far as that can be done.
//   4. The engine saves {root = new}.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"
#include "core/storage/jobs/paths.h"

namespace seed::storage {

/// One file on its way; both names as without ".part", which is looked for and kept.
struct MovingFile {
  SafePath from;
  SafePath to;
  KnownName known = {};
};

/// Shared by a running move and the loop: how far it is, and whether to stop. The one exception to
/// "a job is a value", because a copy may run for hours.
struct CopyControl {
  std::atomic<std::uint64_t> bytes_done{0};
  std::atomic<std::uint64_t> bytes_total{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> taken_back{false};  ///< FinishMove failed, and all is in the old place
};

struct PrepareMove {
  std::vector<MovingFile> files;
  std::shared_ptr<CopyControl> control;

  /// Fault exists when something is in the way, cancelled, or what went wrong; then the new place
  /// was tidied as far as possible.
  Result<void> operator()(const io::JobTools& tools);
};

/// Removes what a PrepareMove left that is not to be finished.
struct DropCopies {
  std::vector<MovingFile> files;

  Result<void> operator()(const io::JobTools& tools);
};

struct FinishMove {
  std::vector<MovingFile> files;
  /// Of a move of which nothing has arrived yet: told when all is taken back after a fault. Else
  /// nothing is taken back; nor once it is to stop, for its store is gone then, and the next one
  /// may be about to finish the same move.
  std::shared_ptr<CopyControl> control = nullptr;

  Result<void> operator()(const io::JobTools& tools);
};

struct RenameOnDisk {
  SafePath from;  ///< file (without ".part", which is looked for and kept) or folder
  SafePath to;
  KnownName known = {};
  bool check_only = false;  ///< only say whether something is in the way

  /// Fault exists when `to` is there, unless `from` is gone: then it was done before. Neither being
  /// there is fine: nothing has been written yet.
  Result<void> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
