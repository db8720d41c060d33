// BEP 40: canonical peer priority. Both ends of a connection compute the same number, so that a
// swarm whose peers keep the best-ranked connections stays one graph.
//
// Higher is preferred, as common clients have it. IPv6 follows the BEP's text: six whole octets,
// seven within a /48, eight within a /56.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"

namespace seed::swarm {

/// The priority of a connection between `own` (our address as others see it, with our listening
/// port) and `peer` (with its listening port). 0 when one is IPv4 and the other IPv6.
std::uint32_t peer_priority(const Endpoint& own, const Endpoint& peer);

}  // namespace seed::swarm
