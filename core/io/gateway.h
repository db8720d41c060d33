// Gateway: what only the system knows of the router, and port mappings by UPnP (Internet Gateway
// Device), whose library waits for answers and is run elsewhere.
//
// PCP and NAT-PMP are not here: they are a machine (core/portmap) over Net's datagrams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/result.h"

namespace seed::io {

struct GatewayQuery {
  std::string interface{};  ///< the default route over it; "": the system's
  bool v6 = false;          ///< the one of IPv6
  /// Known already, as a VPN's gateway that no default route names: only how it is reached is
  /// asked.
  std::optional<IpAddress> router{};
};

/// The router of a default route, and how it is reached.
struct GatewayFacts {
  IpAddress router;
  /// Ours: of IPv4 towards the router, of IPv6 towards the world, since a router of IPv6 has mostly
  /// a link-local address, and opens ports for the address that asks.
  IpAddress source;
  std::string interface;  ///< a link-local router is reached only by a socket bound to it
  bool operator==(const GatewayFacts&) const = default;
};

/// Which router is asked by UPnP, IPv4 both.
struct UpnpRouter {
  /// Only one at this address is believed. Unspecified: any whose address is_private() and not
  /// is_loopback().
  IpAddress router;
  /// Ours: it is searched from here, ports are forwarded to it, and a router to which the system
  /// would go from elsewhere is not asked.
  IpAddress source;
  auto operator<=>(const UpnpRouter&) const = default;
};

struct UpnpMapping {
  UpnpRouter via;
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;  ///< asked for, and in the answer: given
  bool udp = false;
  Duration lifetime = 1h;      ///< in whole seconds; 0: until it is taken back
  IpAddress external_address;  ///< in the answer; unspecified when the router does not say
  bool operator==(const UpnpMapping&) const = default;
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  /// Fault not_found: no such route, or one without a router, as of some VPNs; of a router that the
  /// query names: the system's reason why it is not reached.
  virtual void default_gateway(const GatewayQuery& query, Answer<GatewayFacts> answer) = 0;
  /// Makes or renews a mapping. One that the router gives only for good comes with lifetime 0.
  /// Fault not_found: no router that speaks UPnP; exists: the external port is somebody else's;
  /// refused; unreachable: not from that source; busy: too many wait.
  virtual void upnp_map(const UpnpMapping& wanted, Answer<UpnpMapping> answer) = 0;
  /// Takes back what upnp_map answered. Fault as above.
  virtual void upnp_unmap(const UpnpMapping& mapping, Answer<void> answer) = 0;
};

}  // namespace seed::io
