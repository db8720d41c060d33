// Routes: the system's default route, its router and our address towards it, by /proc/self/net.
//
// Of several the one is taken that the kernel would take: the longest, then the lowest metric. A
// route to half of the world counts as a default one: OpenVPN sets two of these ("def1"). Only the
// main table is seen; what policy routing hides there has an interface of its own to be named.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/io/gateway.h"

namespace seed::uv {

struct Route {
  std::string interface;
  IpAddress router;  ///< unspecified: the route has none
  bool operator==(const Route&) const = default;
};

/// Of the text of /proc/self/net/route; `interface` "" is any. Lines that are not understood are
/// passed over.
std::optional<Route> default_route_v4(std::string_view table, std::string_view interface);
/// The same of /proc/self/net/ipv6_route.
std::optional<Route> default_route_v6(std::string_view table, std::string_view interface);

/// The address from which the system would send to `to`; bound to `interface` unless "". Fault: the
/// system's reason.
Result<IpAddress> source_towards(const IpAddress& to, const std::string& interface);

/// As io::Gateway::default_gateway.
Result<io::GatewayFacts> find_gateway(const io::GatewayQuery& query);

}  // namespace seed::uv
