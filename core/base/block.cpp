#include "core/base/block.h"

#include <cstring>
#include <new>

#include "core/base/check.h"

namespace seed {

// One size for all, so that what is freed fits what is asked next. Measured on a 2-core Xeon VM
// with glibc 2.36 and 4000 live blocks: freeing one and getting another takes 50 ns, copying 16 KiB
// into it 1.7 us. A pool of our own would save nothing that shows, and would need a lock.
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
