// IpAddress and Endpoint: where a peer, a tracker or a node is. Values; IPv4-mapped IPv6 addresses
// are IPv4 from the start, so that one peer has one name.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace seed {

class IpAddress {
 public:
  /// 0.0.0.0
  IpAddress() = default;
  static IpAddress v4(std::uint32_t host_order);
  /// From 4 or 16 octets in network order, else nothing. A mapped address becomes v4.
  static std::optional<IpAddress> from_octets(Bytes octets);
  /// From "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; nothing for names and anything else.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress any_v4() { return {}; }
  static IpAddress any_v6();

  bool is_v4() const { return v4_; }
  bool is_v6() const { return !v4_; }
  /// 4 or 16 octets in network order; a view into this object.
  Bytes octets() const { return v4_ ? Bytes(octets_).first(4) : Bytes(octets_); }
  /// "192.0.2.1" or "2001:db8::1" (RFC 5952).
  std::string to_string() const;
  bool is_unspecified() const;
  bool is_loopback() const;
  /// Link-local, private (RFC 1918), unique local (RFC 4193) or loopback: not routed by the world.
  bool is_private() const;
  bool is_multicast() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v4_ = true;
  std::array<std::uint8_t, 16> octets_{};
};

/// Whoever has the one has the other: the same address, or public IPv6 addresses of one /64, of
/// which every line has one at least (RFC 6177).
bool same_holder(const IpAddress& one, const IpAddress& other);

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  /// "192.0.2.1:6881" or "[2001:db8::1]:6881"; nothing for anything else.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

/// BEP 23 and BEP 7 compact form: 6 octets for IPv4, 18 for IPv6.
void append_compact(Buffer& out, const Endpoint& endpoint);

/// One compact endpoint of 6 or 18 octets; nothing for any other length.
std::optional<Endpoint> from_compact(Bytes octets);

/// For hash tables whose order never shows.
struct EndpointHash {
  std::size_t operator()(const Endpoint& endpoint) const;
  std::size_t operator()(const IpAddress& address) const;
};

}  // namespace seed
