// SimNat: what the router of a simulated host does to its datagrams (RFC 4787, sections 4 and 5).
//
// The outer address is the host's, so only ports are translated, and those only by the symmetric
// kind: a port for each address that is sent to. Nothing is ever forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/base/endpoint.h"

namespace seed::sim {

/// Nobody behind one can be dialled over TCP. Datagrams come in from:
enum class Nat : std::uint8_t {
  none,             ///< everywhere
  full_cone,        ///< everywhere, once the socket has sent to anybody
  restricted,       ///< addresses that it has sent to
  port_restricted,  ///< addresses and ports that it has sent to
  symmetric,        ///< the same, and each of them sees another port
};

class SimNat {
 public:
  explicit SimNat(Nat kind) : kind_(kind) {}

  /// Where a datagram of `inner` to `to` comes from, as the world sees it.
  Endpoint out(const Endpoint& inner, const Endpoint& to);
  /// Whose a datagram from `from` to `outer` is; nobody's when it is not let in.
  std::optional<Endpoint> in(const Endpoint& outer, const Endpoint& from) const;

 private:
  Nat kind_;
  std::map<Endpoint, std::set<Endpoint>> sent_;                 ///< by inner
  std::map<std::pair<Endpoint, Endpoint>, Endpoint> outers_;    ///< symmetric: by inner and to
  std::map<Endpoint, std::pair<Endpoint, Endpoint>> by_outer_;  ///< the same the other way
  std::uint16_t next_port_ = 20000;
};

}  // namespace seed::sim
