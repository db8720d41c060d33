// LINK: seed::torrent
// A torrent's record as it is in the store, of whatever octets: refused, or the same after a round
// trip.
#include "core/base/check.h"
#include "core/torrent/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  InfoHashes hashes;
  hashes.v1.emplace();
  const auto record = torrent::parse_record({data, size}, hashes);
  if (!record) return 0;
  SEED_CHECK(record->peers.size() <= torrent::peers_saved_max);
  const auto again = torrent::parse_record(torrent::encode_record(*record), hashes);
  SEED_CHECK(again.has_value());
  SEED_CHECK(torrent::encode_record(*again) == torrent::encode_record(*record));
  return 0;
}
