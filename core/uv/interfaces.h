// Interfaces: what the kernel says of network interfaces and their addresses; by rtnetlink(7) and
// netdevice(7), whose answers come at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/uv/sockets.h"

namespace seed::uv {

struct InterfaceState {
  int index = 0;           ///< another one when it was made anew under its old name
  bool up = false;         ///< the administrator wants it to work
  bool connected = false;  ///< and it does: its cable is in, its program runs
  bool operator==(const InterfaceState&) const = default;
};

struct InterfaceAddress {
  int index = 0;
  IpAddress address;
  bool usable = true;     ///< it is nobody else's (RFC 4862, 5.4), as far as is known
  bool preferred = true;  ///< neither temporary (RFC 8981) nor deprecated
  bool operator==(const InterfaceAddress&) const = default;
};

/// The longest name of an interface, in octets.
inline constexpr std::size_t interface_name_max = 15;

/// Nothing: there is none of that name.
Result<std::optional<InterfaceState>> find_interface(const std::string& name);
/// All but those of IPv6 that are good for one link only.
Result<std::vector<InterfaceAddress>> list_addresses();
/// What is watched: interfaces and their addresses; or the routes of IPv4 too, and the rules by
/// which these are chosen.
enum class Watched : std::uint8_t { addresses, routes };
/// A socket that can be read from when one of them may be another.
Result<Descriptor> watch_interfaces(Watched what = Watched::addresses);
/// Takes what has come. What was lost for want of room has come too: all is to be read again.
void take_news(const Descriptor& watch);

}  // namespace seed::uv
