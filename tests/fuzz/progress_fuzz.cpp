// LINK: seed::storage
// Saved progress, of whatever octets: refused, or the same after a round trip.
#include "core/base/check.h"
#include "core/storage/progress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto progress = seed::storage::parse_progress({data, size});
  if (progress)
    SEED_CHECK(seed::storage::parse_progress(seed::storage::encode(*progress)) == progress);
  return 0;
}
