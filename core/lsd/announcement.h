// Announcement: one datagram of local discovery, by which a client tells its network which torrents
// it has (BEP 14).
//
//   BT-SEARCH * HTTP/1.1
//   Host: 239.192.152.143:6771
//   Port: 6881
//   Infohash: 631a31dd0a46257d5078c0dee4e66e26f73e42ac      one or more
//   cookie: 1b2c3d4e
//
// and two empty lines. As clients differ, names may be in any case, lines may end without CR, the
// empty lines may be missing and what follows them does not matter; Host is not looked at, for who
// hears the datagram is in the group. All else is refused.
//
// Bounds: datagram_bytes_max, info_hashes_taken_max and cookie_bytes_max; we send at most
// info_hashes_sent_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::lsd {

/// Of what is taken: twice what a link's frame holds. Beyond: refused.
inline constexpr std::size_t datagram_bytes_max = 3000;
/// All that such a datagram has room for. Beyond: left out.
inline constexpr std::size_t info_hashes_taken_max = 64;
/// BEP 14: a datagram "should not exceed 1400 bytes": 88 octets and 52 for each info-hash.
inline constexpr std::size_t info_hashes_sent_max = 25;
/// Ours has 8. Longer ones are nobody's concern but their sender's. Beyond: as if it were not
/// there.
inline constexpr std::size_t cookie_bytes_max = 64;

/// The two places where clients meet, one a family.
enum class Group : std::uint8_t { v4, v6 };

/// 239.192.152.143:6771 or [ff15::efc0:988f]:6771.
Endpoint endpoint_of(Group group);

struct Announcement {
  std::uint16_t port = 0;         ///< where the client takes peers, not 0
  std::vector<Sha1> info_hashes;  ///< each once
  std::string cookie;             ///< may be empty

  bool operator==(const Announcement&) const = default;

  /// Info-hashes that are none are left out. Fault: malformed, too_large; malformed without a port
  /// or any info-hash.
  static Result<Announcement> parse(Bytes datagram);
  /// The first info_hashes_sent_max of them.
  Buffer encode(Group group) const;
};

}  // namespace seed::lsd
