#include "core/storage/jobs/read_blocks.h"

namespace seed::storage {

ReadOutcome ReadBlocks::operator()(const io::JobTools& tools) {
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  std::vector<Block> blocks;
  std::vector<MutableBytes> views;
  for (const auto& run : runs) {
    views.clear();
    for (const auto length : run.lengths) {
      blocks.push_back(Block::of_size(length));
      views.push_back(blocks.back().bytes());
    }
    if (auto read = access.read(run.spans, views); !read)
      return {std::unexpected(std::move(read).error()), access.take_opened()};
  }
  return {std::move(blocks), access.take_opened()};
}

}  // namespace seed::storage
