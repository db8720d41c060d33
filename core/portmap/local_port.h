// LocalPort: a port of ours that a gateway is asked to forward, TCP or UDP.
#pragma once

#include <compare>
#include <cstdint>

namespace seed::portmap {

/// IANA's protocol numbers, as PCP has them.
enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

struct LocalPort {
  Protocol protocol = Protocol::tcp;
  std::uint16_t number = 0;
  auto operator<=>(const LocalPort&) const = default;
};

/// Where gateways listen for NAT-PMP and PCP alike (RFC 6886, 3.1; RFC 6887, 19.1).
inline constexpr std::uint16_t gateway_port = 5351;

}  // namespace seed::portmap
