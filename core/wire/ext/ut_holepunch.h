// UtHolepunch: a peer that both are linked to brings two together who cannot be dialled.
//
// BEP 55: msg_type, addr_type (0 IPv4, 1 IPv6), address, port, err_code. libtorrent sends the code
// only with errors, so it may be missing elsewhere; we always send it. Octets behind it are
// ignored; so is, as unsupported, a message of another type or with another kind of address.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::wire {

struct UtHolepunch {
  enum class Kind : std::uint8_t {
    rendezvous = 0,  ///< bring me together with this one
    connect = 1,     ///< dial this one by uTP, now
    error = 2,       ///< it cannot be done
  };
  enum class Error : std::uint32_t {
    none = 0,
    no_such_peer = 1,   ///< the endpoint is invalid
    not_connected = 2,  ///< we have no link to it
    no_support = 3,     ///< it does not speak this extension
    no_self = 4,        ///< that is ourselves
  };

  Kind kind = Kind::rendezvous;
  Endpoint endpoint;          ///< of the other peer; may be nonsense
  Error error = Error::none;  ///< only with error; codes of later versions too

  bool operator==(const UtHolepunch&) const = default;

  /// Fault: malformed when it is cut short, or unsupported.
  static Result<UtHolepunch> parse(Bytes payload);
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
