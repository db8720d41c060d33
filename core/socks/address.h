// Address: where something is, as SOCKS 5 has it: an IP address or a host's name, and a port
// (RFC 1928, 5).
//
// A name is resolved by the proxy. It is octets of somebody else's until something makes it safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::socks {

/// Its length is one octet.
inline constexpr std::size_t name_bytes_max = 255;
/// Octets that an address takes at most: type, length, name, port.
inline constexpr std::size_t address_bytes_max = 4 + name_bytes_max;

struct HostName {
  std::string name;
  std::uint16_t port = 0;
  auto operator<=>(const HostName&) const = default;
};

using Address = std::variant<Endpoint, HostName>;

/// "192.0.2.1:80" or "example.org:80", for texts.
std::string to_string(const Address& address);

/// Whether it can be said: a name has 1 to name_bytes_max octets and no zero octet.
bool is_encodable(const Address& address);
/// `address` is encodable.
void append_address(Buffer& out, const Address& address);

/// How many octets an address takes that begins with these two (type, and length of a name). 0 for
/// a type that there is not, or a name without an octet.
std::size_t address_bytes(std::uint8_t type, std::uint8_t next);
/// Takes one off `in`. Fault malformed: cut, or a type that there is not.
Result<Address> read_address(ByteReader& in);

}  // namespace seed::socks
