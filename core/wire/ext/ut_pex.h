// UtPex: which peers another peer has met and lost since it last told.
//
// BEP 11: added, added.f, added6, added6.f, dropped, dropped6; IPv4 and IPv6 are one list here.
// Flags that are missing are 0, and those too many are ignored.
// Bounds: BEP 11 allows 50 added and 50 dropped a message, the first may have more. At most
// pex_peers_max of each are sent and taken; beyond: left out. swarm::Pex keeps to the 50.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::wire {

inline constexpr std::size_t pex_peers_max = 100;

struct PexPeer {
  /// Bits of `added.f` (BEP 11).
  static constexpr std::uint8_t prefers_encryption = 0x01;
  static constexpr std::uint8_t upload_only = 0x02;
  static constexpr std::uint8_t supports_utp = 0x04;
  static constexpr std::uint8_t supports_holepunch = 0x08;
  static constexpr std::uint8_t reachable = 0x10;

  Endpoint endpoint;
  std::uint8_t flags = 0;

  bool operator==(const PexPeer&) const = default;
};

struct UtPex {
  std::vector<PexPeer> added;     ///< IPv4 first
  std::vector<Endpoint> dropped;  ///< IPv4 first

  bool operator==(const UtPex&) const = default;

  /// Entries with port 0 or without an address are left out. Fault: malformed when it is no
  /// dictionary or a list is cut short within an entry.
  static Result<UtPex> parse(Bytes payload);
  /// The first pex_peers_max of each list.
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
