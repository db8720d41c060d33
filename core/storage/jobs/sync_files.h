// SyncFiles: makes what was written to files durable, and the names of files that were made; then
// takes their stamps.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/io/workers.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct SyncOutcome {
  std::vector<std::pair<FileIndex, io::FileStamp>> stamps;
  std::optional<Fault> fault;         ///< then nothing of the group is durable
  bool tried = false;                 ///< a file's sync failed, and with it the system's promise
  std::vector<FileIndex> unsuffixed;  ///< looked for with their suffix, and found without
};

struct SyncFiles {
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<bool> created;  ///< one a target: its folders up to the root are synced too

  SyncOutcome operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
