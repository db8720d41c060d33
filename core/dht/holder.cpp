#include "core/dht/holder.h"

#include <algorithm>
#include <array>

namespace seed::dht {

Endpoint holder_of(const Endpoint& endpoint) {
  const IpAddress& address = endpoint.address;
  if (address.is_private()) return endpoint;
  if (address.is_v4()) return {address, 0};
  std::array<std::uint8_t, 16> network{};
  std::ranges::copy(address.octets().first(8), network.begin());
  return {IpAddress::from_octets(network).value_or(address), 0};
}

}  // namespace seed::dht
