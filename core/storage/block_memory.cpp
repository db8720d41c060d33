#include "core/storage/block_memory.h"

#include <algorithm>

#include "core/base/check.h"

namespace seed::storage {

void BlockMemory::take(MemoryUse use, std::size_t bytes) {
  held_[index(use)] += bytes;
  if (under_pressure()) pressed_ = true;
}

void BlockMemory::give_back(MemoryUse use, std::size_t bytes) {
  SEED_CHECK(held_[index(use)] >= bytes);
  held_[index(use)] -= bytes;
}

std::size_t BlockMemory::pressing() const {
  return held(MemoryUse::incoming) + std::min(uploads(), max_ / 2);
}

bool BlockMemory::take_relief() {
  // An eighth of room, so that links do not stop and go with every block.
  if (!pressed_ || pressing() > max_ - max_ / 8) return false;
  pressed_ = false;
  return true;
}

bool BlockMemory::may_read(std::size_t bytes) const {
  return uploads() == 0 || uploads() + bytes <= max_ / 2;
}

bool BlockMemory::may_read_ahead(std::size_t bytes) const {
  return uploads() + bytes <= max_ / 4 && held() + bytes <= max_;
}

}  // namespace seed::storage
