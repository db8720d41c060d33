// The header of a datagram that goes through a SOCKS 5 proxy's relay, either way (RFC 1928, 7).
#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/socks/address.h"

namespace seed::socks {

/// Octets that it takes at most.
inline constexpr std::size_t udp_header_bytes_max = 3 + address_bytes_max;

struct UdpHeader {
  Address address;         ///< whom it goes to, or comes from
  std::size_t octets = 0;  ///< of the header; what follows is the datagram
  bool operator==(const UdpHeader&) const = default;
};

/// `to` is encodable.
void append_udp_header(Buffer& out, const Address& to);

/// Fault malformed: cut off, or an address of no kind; unsupported: a part of a datagram (RFC 1928
/// lets an implementation drop these, and there are none of what we exchange).
Result<UdpHeader> parse_udp_header(Bytes datagram);

}  // namespace seed::socks
