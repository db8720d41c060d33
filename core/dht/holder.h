// holder_of: who counts as one in the DHT's tables, so that one machine with many ports or many
// addresses gets one place.
//
// A public IPv4 address is one holder, a public IPv6 /64 another: every line has one at least (RFC
// 6177). In our own network (BEP 42, "Enforcement", exempts it) many nodes may share an address, as
// on loopback, so there each endpoint is one.
#pragma once

#include "core/base/endpoint.h"

namespace seed::dht {

/// The address, or its /64, with port 0; of a private address the endpoint itself.
Endpoint holder_of(const Endpoint& endpoint);

}  // namespace seed::dht
