// LINK: seed::metainfo
// What a peer sends as `hashes` is proven only by the root that it leads to, and what we would send
// for the same range is.
#include <algorithm>
#include <cstdint>

#include "core/base/check.h"
#include "core/metainfo/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  using namespace seed::metainfo;
  ByteReader reader({data, size});
  const unsigned height = reader.u8();
  const HashRange range{reader.u8(), reader.u32(), reader.u32(), reader.u32()};
  const Sha256 root = sha256(reader.take(4));
  const Bytes hashes = reader.rest();
  if (!reader.ok() || !range.is_within(height)) return 0;
  SEED_CHECK(range.top() + range.uncle_count() <= height);
  const auto node = proven_node(range, hashes);
  const bool is_full = range.top() + range.uncle_count() == height;
  SEED_CHECK(is_proven(range, hashes, height, root) == (is_full && node == root));
  if (node && is_full) SEED_CHECK(is_proven(range, hashes, height, *node));

  // What is there as the layer of some file: at most as many digests as the tree is wide.
  constexpr std::size_t digests_max = 256;
  constexpr std::uint32_t length_max = 4096;
  if (range.length > length_max) return 0;
  const unsigned levels = height - range.base;
  const std::size_t width = std::size_t{1} << std::min(levels, 8u);
  const Bytes layer =
      hashes.first(std::min({hashes.size() / Sha256::size, width, digests_max}) * Sha256::size);
  const auto full = with_full_proof(range, height);
  SEED_CHECK(is_proven(full, hashes_of(layer, full), height, root_of(layer, range.base, height)));
  return 0;
}
