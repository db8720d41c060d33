// Proxy: the SOCKS 5 server through which all goes, and how to get to it.
#pragma once

#include <optional>

#include "core/base/endpoint.h"
#include "core/io/net.h"
#include "core/socks/negotiation.h"

namespace seed::proxy {

struct Proxy {
  Endpoint server;
  std::optional<socks::Login> login{};
  /// Where our own sockets are bound, of the family of `server`. Unspecified: the system chooses.
  IpAddress source{};
  bool operator==(const Proxy&) const = default;

  /// The source for a socket towards `to`: none of the other family.
  IpAddress source_towards(const IpAddress& to) const {
    const bool fits = source.is_v4() == to.is_v4();
    return fits ? source : to.is_v4() ? IpAddress::any_v4() : IpAddress::any_v6();
  }
};

}  // namespace seed::proxy
