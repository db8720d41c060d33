// HashLeaves: the leaves of pieces that are had, for peers that ask for them (BEP 52): a SHA-256 of
// each block, without what pads the last behind its file.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct LeavesOutcome {
  Result<Buffer> leaves;  ///< of all pieces, one digest behind the other
  std::vector<OpenedFile> opened;
};

struct HashLeaves {
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<std::vector<Span>> pieces;  ///< of one file; pads left out

  LeavesOutcome operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
