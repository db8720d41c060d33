// is_public: which addresses the world routes to, by the registries of special addresses (RFC
// 6890).
#pragma once

#include "core/base/endpoint.h"

namespace seed {

/// Not loopback, private, link-local, shared by a carrier, multicast, reserved, for documentation
/// or protocols; nor an IPv6 address that leads to one of these of IPv4 by NAT64's well-known
/// prefix (RFC 6052) or 6to4 (RFC 3056). A network's own prefix for NAT64 is not known.
bool is_public(const IpAddress& address);

}  // namespace seed
