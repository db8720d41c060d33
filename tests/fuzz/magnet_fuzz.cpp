// LINK: seed::metainfo
// Any text is refused as a magnet, or encodes to a magnet that says the same.
#include <cstdint>

#include "core/base/check.h"
#include "core/metainfo/magnet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  auto magnet = metainfo::parse_magnet(as_text({data, size}));
  if (!magnet) return 0;
  // Where it came from is not encoded.
  magnet->exact_sources.clear();
  magnet->acceptable_sources.clear();
  const auto encoded = metainfo::encode_magnet(*magnet);
  if (encoded.size() > metainfo::magnet_bytes_max) return 0;
  const auto again = metainfo::parse_magnet(encoded);
  SEED_CHECK(again && *again == *magnet);
  return 0;
}
