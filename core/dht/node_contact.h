// NodeContact: a node's id and where it is, and its compact form: the id and the compact endpoint,
// 26 octets for IPv4 (BEP 5, "Contact Encoding") and 38 for IPv6 (BEP 32, `nodes6`).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/dht/node_id.h"

namespace seed::dht {

/// Which of the two networks a node is of (BEP 32, "Operation").
enum class Family : std::uint8_t { v4, v6 };

inline constexpr std::array families{Family::v4, Family::v6};
/// Of it in `families`, and in arrays of one a family.
constexpr std::size_t index_of(Family family) { return family == Family::v4 ? 0 : 1; }

inline Family family_of(const IpAddress& address) {
  return address.is_v4() ? Family::v4 : Family::v6;
}

/// Octets of one contact in the compact form.
constexpr std::size_t contact_bytes(Family family) { return family == Family::v4 ? 26 : 38; }

struct NodeContact {
  NodeId id;
  Endpoint endpoint;

  auto operator<=>(const NodeContact&) const = default;
};

/// Whether a datagram can be sent there: a port, and an address of one host.
bool can_be_sent_to(const Endpoint& endpoint);

void append_compact(Buffer& out, const NodeContact& contact);
/// The contacts of that family, one after the other; others are left out.
Buffer encode_contacts(std::span<const NodeContact> contacts, Family family);

/// One contact of 26 or 38 octets; nothing for any other length.
std::optional<NodeContact> contact_from_compact(Bytes octets);
/// At most `count_max` contacts of a `nodes` or `nodes6`. Left out are those that cannot be sent to
/// or are not of that family after all (an IPv4 address mapped into IPv6), and a rest that is
/// shorter than a contact: clients forgive that.
std::vector<NodeContact> parse_contacts(Bytes list, Family family, std::size_t count_max);

}  // namespace seed::dht
