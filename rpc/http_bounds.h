// Bounds of the connections of the RPC.
#pragma once

#include <cstddef>

namespace seed::limits {

/// Connections at once, idle ones too: ten browsers of six are little, and a descriptor and some
/// KiB each. Beyond: the one that has been idle for longest gives way, or the newest is closed.
inline constexpr std::size_t http_connections_max = 1024;
/// Of these, of one address, or one public IPv6 /64, that is not this machine's: no one address
/// takes all. Beyond: the same, of that address.
inline constexpr std::size_t http_connections_per_address_max = 256;

}  // namespace seed::limits
