// ReadBlocks: reads runs of adjacent blocks for peers, each run with one gathered read a file.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/block.h"
#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/storage/jobs/file_access.h"

namespace seed::storage {

struct ReadOutcome {
  Result<std::vector<Block>> blocks;
  std::vector<OpenedFile> opened;
};

struct ReadBlocks {
  struct Run {
    std::vector<Span> spans;
    std::vector<std::uint32_t> lengths;  ///< of the blocks, one behind the other
  };
  RootGuard guard;
  std::vector<FileTarget> targets;
  std::vector<Run> runs;

  ReadOutcome operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
