#include "core/wire/allowed_fast.h"

#include <algorithm>

#include "core/base/bytes.h"

namespace seed::wire {

std::vector<PieceIndex> allowed_fast_set(const Sha1& info_hash, const IpAddress& peer,
                                         std::uint32_t piece_count, std::size_t count) {
  std::vector<PieceIndex> out;
  if (!peer.is_v4()) return out;
  const std::size_t enough = std::min<std::size_t>(count, piece_count);
  // BEP 6: start from the network address of the peer's /24 and the info-hash.
  Buffer start = to_buffer(peer.octets());
  start.back() = 0;
  start.insert(start.end(), info_hash.octets.begin(), info_hash.octets.end());
  Sha1 digest;
  for (bool first = true; out.size() < enough; first = false) {
    digest = sha1(first ? Bytes(start) : digest.bytes());
    ByteReader reader(digest.bytes());
    while (reader.remaining() >= 4 && out.size() < enough) {
      const PieceIndex piece{reader.u32() % piece_count};
      if (std::ranges::find(out, piece) == out.end()) out.push_back(piece);
    }
  }
  return out;
}

}  // namespace seed::wire
