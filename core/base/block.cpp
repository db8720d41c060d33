#include "core/base/block.h"

#include <cstring>
#include <new>

#include "core/base/check.h"

namespace seed {

Block Block::of_size(std::uint32_t size) {
  SEED_CHECK(size <= block_size);
  Block out;
  out.storage_.reset(static_cast<std::uint8_t*>(::operator new(headroom + block_size)));
  out.size_ = size;
  return out;
}

Block Block::copy_of(Bytes payload) {
  SEED_CHECK(payload.size() <= block_size);
  Block out = of_size(static_cast<std::uint32_t>(payload.size()));
  if (!payload.empty()) std::memcpy(out.bytes().data(), payload.data(), payload.size());
  return out;
}

}  // namespace seed
