#include "core/storage/jobs/hash_leaves.h"

#include <algorithm>

#include "core/base/digest.h"
#include "core/base/piece.h"
#include "core/storage/jobs/verify_and_write.h"

namespace seed::storage {
namespace {

/// Read at a time: large enough that a system call costs nothing beside the digests.
constexpr std::uint32_t step_bytes = 16 * block_size;

Result<void> hash(FileAccess& access, const std::vector<Span>& piece, Buffer& scratch,
                  Buffer& leaves) {
  std::uint32_t size = 0;
  for (const auto& span : piece) size += span.length;
  for (std::uint32_t at = 0; at < size; at += step_bytes) {
    const std::uint32_t take = std::min(step_bytes, size - at);
    scratch.resize(take);
    const MutableBytes view(scratch);
    SEED_TRY_VOID(access.read(cut(piece, at, take), {&view, 1}));
    for (std::uint32_t block = 0; block < take; block += block_size) {
      const auto leaf = sha256(Bytes(view).subspan(block, std::min(block_size, take - block)));
      leaves.insert(leaves.end(), leaf.octets.begin(), leaf.octets.end());
    }
  }
  return {};
}

}  // namespace

LeavesOutcome HashLeaves::operator()(const io::JobTools& tools) {
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  Buffer scratch;
  Buffer leaves;
  for (const auto& piece : pieces)
    if (auto hashed = hash(access, piece, scratch, leaves); !hashed)
      return {std::unexpected(std::move(hashed).error()), access.take_opened()};
  return {std::move(leaves), access.take_opened()};
}

}  // namespace seed::storage
