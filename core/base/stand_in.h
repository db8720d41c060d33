// stands_for_name: which addresses stand for a name that a proxy resolves (proxy/host_names.h).
#pragma once

#include "core/base/endpoint.h"

namespace seed {

/// Of 240.0.0.0/4, which nobody has (RFC 1112, 4). What is sent there is answered from another
/// address, at the same port.
inline bool stands_for_name(const IpAddress& address) {
  return address.is_v4() && address.octets().front() >= 240;
}

}  // namespace seed
