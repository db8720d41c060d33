// Bounds of the connections of the RPC.
#pragma once

#include <cstddef>

namespace seed::limits {

/// Connections at once, idle ones too: ten browsers of six are few, and each costs a descriptor and
/// some KiB. Beyond: the one that has been idle for longest gives way, else the newest is closed.
inline constexpr std::size_t http_connections_max = 1024;
/// Of these, of one address, or one public IPv6 /64, that is not this machine's. Beyond: the same
/// among those of that address.
inline constexpr std::size_t http_connections_per_address_max = 256;
/// What clients have not taken of their answers, in all: some of the longest lists. Beyond: who has
/// taken longest is cut off.
inline constexpr std::size_t http_unsent_bytes_max = 256u << 20;

}  // namespace seed::limits
