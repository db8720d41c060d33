// NodeId: the 160 bits by which a node of the DHT is known, the distance between two of them (BEP
// 5, "Overview"), and the ids that an address may have (BEP 42).
//
// Info-hashes and the targets of items (BEP 44) are points of the same space: see id_of.
// A secure id has 21 bits made of its node's address and of three bits `r` that its last octet
// tells. BEP 42's text says that eight octets are hashed; its vectors, and all clients, hash four
// of IPv4 and the first eight of IPv6.
#pragma once

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/rng.h"

namespace seed::dht {

using NodeId = FixedBytes<20, struct NodeIdTag>;

/// Bits of an id.
inline constexpr int id_bits = 160;

/// The point of the space where an info-hash or an item belongs.
inline NodeId id_of(const Sha1& hash) { return {hash.octets}; }
/// Uniform over the whole space.
NodeId random_id(Rng& rng);
/// Uniform over the ids that have exactly `prefix_bits` leading bits in common with `around`; all
/// of `around` for id_bits and more.
NodeId random_id_sharing(const NodeId& around, int prefix_bits, Rng& rng);

/// a xor b: as octets it compares as the number does, so `<` means closer.
NodeId distance(const NodeId& a, const NodeId& b);
/// Leading bits that both have alike, 0 to 160: the index of b's bucket in a's table.
int common_prefix(const NodeId& a, const NodeId& b);
/// Whether `a` is strictly closer to `target` than `b` is.
bool closer(const NodeId& target, const NodeId& a, const NodeId& b);

/// An id that `address` may have (BEP 42), with `r` of its octets as the last octet of the id and
/// the rest by dice.
NodeId make_secure_id(const IpAddress& address, std::uint8_t r, Rng& rng);
/// The same with `r` by dice.
NodeId make_secure_id(const IpAddress& address, Rng& rng);
/// Whether a node at `address` may have `id`: 21 bits agree, or the address is of a local network
/// (BEP 42, "Enforcement") and so exempt.
bool is_secure_for(const NodeId& id, const IpAddress& address);

}  // namespace seed::dht
